"""What the suite says of itself, for those who keep it running."""
