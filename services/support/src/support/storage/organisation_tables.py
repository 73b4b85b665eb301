"""The tables of organisation."""

from support.storage.tables import metadata as metadata
