"""What a process takes over from the one before it: the last hour's calls, alerts that go on, messages that wait."""

from dataclasses import dataclass
from datetime import datetime

from chassis.database import Unit
from telemetry.domain.alerts import Alert
from telemetry.domain.notices import Notice
from telemetry.domain.parts import REMEMBERED
from telemetry.storage import alerts, minutes
from telemetry.storage.packing import Minute


@dataclass(frozen=True)
class Past:
    """What was."""

    minutes: list[tuple[datetime, str, Minute]]
    alerts: list[Alert]
    notices: list[Notice]


def look_back(unit: Unit) -> Past:
    """Answer what was."""
    since = unit.now() - REMEMBERED
    return Past(minutes.since(unit, since), alerts.going_on(unit), alerts.unsent(unit))
