"""The rules of dispatch: plain Python without clock, database or network."""
