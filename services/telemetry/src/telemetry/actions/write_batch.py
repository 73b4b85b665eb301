"""Writes what has come in meanwhile: one transaction for everything."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from chassis.database import Unit
from telemetry.domain.alerts import Alert
from telemetry.domain.logs import LogLine
from telemetry.domain.notices import Notice
from telemetry.domain.traces import Trace
from telemetry.storage import alerts, logs, minutes, traces
from telemetry.storage.packing import Minute


@dataclass(frozen=True)
class Batch:
    """What is to be written."""

    traces: Sequence[Trace] = ()
    lines: Sequence[LogLine] = ()
    minutes: Mapping[tuple[datetime, str], Minute] = field(default_factory=dict[tuple[datetime, str], Minute])
    alerts: Sequence[Alert] = ()
    notices: Sequence[Notice] = ()

    def __bool__(self) -> bool:
        return bool(self.traces or self.lines or self.minutes or self.alerts or self.notices)


def write_batch(unit: Unit, batch: Batch) -> None:
    """Write a batch."""
    traces.keep(unit, batch.traces)
    logs.keep(unit, batch.lines)
    minutes.keep(unit, batch.minutes)
    alerts.keep(unit, batch.alerts, batch.notices)
