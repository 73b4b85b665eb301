"""Events out and events in."""
