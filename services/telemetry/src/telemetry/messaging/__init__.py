"""What telemetry announces."""
