"""The tables of systems."""

from support.storage.tables import metadata as metadata
