"""OTLP's small words in ours."""

from collections.abc import Iterable
from datetime import UTC, datetime

from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from opentelemetry.proto.resource.v1.resource_pb2 import Resource

from chassis.logging import redact


def text_of(value: AnyValue) -> str:
    """Answers a value as text."""
    kind = value.WhichOneof("value")
    return str(getattr(value, kind)) if kind else ""


def labels_of(attributes: Iterable[KeyValue]) -> dict[str, str]:
    """Answers attributes by name."""
    return {each.key: text_of(each.value) for each in attributes}


def part_of(resource: Resource) -> str:
    """Answers who speaks."""
    return next((text_of(each.value) for each in resource.attributes if each.key == "service.name"), "unknown")[:40]


def moment_of(nanoseconds: int) -> datetime:
    """Answers an instant."""
    return datetime.fromtimestamp(nanoseconds / 1e9, UTC)


def plain(text: str) -> str:
    """Answers a text without zeros, which no database takes; what is masked by whoever sends it is masked here once more."""
    return redact(text.replace("\x00", ""))
