"""The worker that takes answers to the older systems."""
