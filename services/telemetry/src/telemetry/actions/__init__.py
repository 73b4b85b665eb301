"""What may be asked of telemetry."""
