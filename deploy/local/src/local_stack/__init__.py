"""Starts the whole suite on one machine: what `make run` is made of."""
