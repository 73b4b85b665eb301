"""Lets go of what is too old or too much."""

from datetime import timedelta

from chassis.database import Unit
from telemetry.storage import alerts, retention
from telemetry.storage.retention import Limits

ALERTS = timedelta(days=180)


def tidy(unit: Unit, limits: Limits) -> int:
    """Tidy; answer the bytes that are left."""
    alerts.forget(unit, unit.now() - ALERTS)
    return retention.tidy(unit, limits)
