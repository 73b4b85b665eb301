"""Questions about alerts."""

from datetime import timedelta

from chassis.database import Unit
from telemetry.domain.alerts import Alert
from telemetry.storage import alerts
from telemetry.storage.alerts import Told


def list_alerts(unit: Unit, days: int, *, only_open: bool) -> list[tuple[Alert, Told]]:
    """Answer alerts with what was said of them."""
    found = alerts.listed(unit, unit.now() - timedelta(days=days), only_open=only_open)
    told = alerts.told_of(unit, [alert.id for alert in found])
    return [(alert, told.get(alert.id, Told())) for alert in found]
