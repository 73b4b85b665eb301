"""What is true of parts, figures, traces and alerts."""
