"""The services and their tables. A service that is missing here is found out."""

from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

from sqlalchemy import MetaData

FOLDER = Path(__file__).parents[2] / "services"


def _metadata(service: str) -> MetaData:
    room = f"{service}.storage"
    name = f"{room}.schema" if find_spec(f"{room}.schema") else f"{room}.tables"
    found = import_module(name).metadata
    assert isinstance(found, MetaData)
    return found


METADATA = {path.parent.name: _metadata(path.parent.name) for path in sorted(FOLDER.glob("*/migrations"))}
"""The tables of every service that has any, by its name."""
