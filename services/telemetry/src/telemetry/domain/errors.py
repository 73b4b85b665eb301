"""Refusals of telemetry, each with a reason code and data; the edge translates them once.

TelemetryRefusal
└── TraceUnknown     NOT_FOUND    the trace was never kept, or is no longer
"""


class TelemetryRefusal(Exception):
    """A thing telemetry will not do, with the reason."""

    reason = "REFUSED"
    kind = "precondition"

    def __init__(self, **data: str) -> None:
        super().__init__(self.reason, data)
        self.data = data


class TraceUnknown(TelemetryRefusal):
    """The trace was never kept, or is no longer."""

    reason = "NOT_FOUND"
    kind = "not_found"
