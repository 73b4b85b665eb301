"""Ways by which alerts leave."""
