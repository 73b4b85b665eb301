"""Figures over time."""

from datetime import datetime

from chassis.database import Unit
from telemetry.storage import minutes
from telemetry.storage.packing import Minute


def figures_since(unit: Unit, at: datetime, part: str = "") -> list[tuple[datetime, str, Minute]]:
    """Answer the minutes from an instant on, oldest first."""
    return minutes.since(unit, at, part)
