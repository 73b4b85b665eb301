"""The OTLP endpoint."""
