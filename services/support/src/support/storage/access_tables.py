"""The tables of access."""

from support.storage.tables import metadata as metadata
