"""OTLP log records in our words."""

from collections.abc import Iterator

from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest

from chassis.ids import new_id
from telemetry.domain.logs import LogLine
from telemetry.receiving.values import labels_of, moment_of, part_of, plain, text_of

_ERROR, _WARNING, _INFO = 17, 13, 9
LONGEST_FIELD = 4000


def lines_of(request: ExportLogsServiceRequest) -> Iterator[LogLine]:
    """Yields the lines of a batch."""
    for group in request.resource_logs:
        part = part_of(group.resource)
        for scope in group.scope_logs:
            for record in scope.log_records:
                fields = {key[:60]: plain(value)[:LONGEST_FIELD] for key, value in labels_of(record.attributes).items()}
                yield LogLine(
                    new_id(),
                    moment_of(record.time_unix_nano or record.observed_time_unix_nano),
                    part,
                    _level(record.severity_number),
                    plain(text_of(record.body)),
                    record.trace_id.hex(),
                    fields,
                )


def _level(number: int) -> str:
    if number >= _ERROR:
        return "error"
    if number >= _WARNING:
        return "warning"
    return "info" if number >= _INFO or number == 0 else "debug"
