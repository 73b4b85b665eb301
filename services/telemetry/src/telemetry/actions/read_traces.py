"""Questions about traces and lines of logs."""

from chassis.database import Unit
from chassis.paging import Page
from telemetry.domain.errors import TraceUnknown
from telemetry.domain.logs import LogLine
from telemetry.domain.traces import Span
from telemetry.storage import logs, traces
from telemetry.storage.traces import TraceLine


def list_traces(unit: Unit, wanted: traces.Wanted) -> list[TraceLine]:
    """Answer kept traces."""
    return traces.find(unit, wanted)


def get_trace(unit: Unit, trace_id: str) -> tuple[TraceLine, list[Span], list[LogLine]]:
    """Answer one trace with every step and its lines."""
    found = traces.get(unit, trace_id)
    if found is None:
        raise TraceUnknown(trace_id=trace_id)
    return (*found, logs.of_trace(unit, trace_id))


def list_logs(unit: Unit, wanted: logs.Wanted, page: Page) -> tuple[list[LogLine], bool]:
    """Answer a page of lines, and whether more follow."""
    found = logs.find(unit, wanted, page)
    return found[: page.size], len(found) > page.size
