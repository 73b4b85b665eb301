"""Every table of support: importing this knows them all."""

from support.storage import access_tables, audit_tables, organisation_tables, parameters_tables, systems_tables
from support.storage.tables import metadata, plumbing

__all__ = [
    "access_tables",
    "audit_tables",
    "metadata",
    "organisation_tables",
    "parameters_tables",
    "plumbing",
    "systems_tables",
]
