"""The tables of parameters."""

from support.storage.tables import metadata as metadata
