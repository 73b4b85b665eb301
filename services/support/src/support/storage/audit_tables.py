"""The tables of audit."""

from support.storage.tables import metadata as metadata
