"""TM Forum REST for outsiders."""
