"""The one door to the outside."""

import chassis as chassis  # first of all: it decides what the libraries below load
