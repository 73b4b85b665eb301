"""Reads of a work order's document what lists can be filtered by; the document itself is kept as it came."""

import json
from datetime import UTC, datetime
from typing import Any

from dispatch.domain.errors import FieldInvalid

LONGEST_DOCUMENT = 256 * 1024
TEXTS = {
    "category": ("category", 200),
    "description": ("description", 2000),
    "priority": ("priority", 20),
    "version": ("doc_version", 40),
    "@type": ("doc_type", 100),
    "@baseType": ("base_type", 100),
    "@schemaLocation": ("schema_location", 500),
    "notificationContact": ("notification_contact", 200),
}
TIMES = {
    "startDate": "start_date",
    "requestedStartDate": "requested_start",
    "requestedCompletionDate": "requested_completion",
    "expectedCompletionDate": "expected_completion",
}


def read_document(document_json: str) -> dict[str, Any]:
    """Answers the attributes of a document by the names of `WorkOrder`. Refuses what is no JSON object, and bad values."""
    if len(document_json) > LONGEST_DOCUMENT:
        raise FieldInvalid("TOO_LONG", "document_json", maximum=str(LONGEST_DOCUMENT))
    try:
        document: Any = json.loads(document_json or "{}")
    except ValueError as error:
        raise FieldInvalid("DOCUMENT_INVALID", "document_json") from error
    if not isinstance(document, dict):
        raise FieldInvalid("DOCUMENT_INVALID", "document_json")
    found: dict[str, Any] = {}
    for attribute, (name, length) in TEXTS.items():
        found[name] = _text(document, attribute, length)
    for attribute, name in TIMES.items():
        found[name] = _time(document, attribute)
    return found


def _text(document: Any, attribute: str, length: int) -> str | None:
    value = document.get(attribute)
    if value is None or value == "":
        return None
    if not isinstance(value, str) or len(value) > length:
        raise FieldInvalid("DOCUMENT_FIELD_INVALID", attribute, maximum=str(length))
    return value


def _time(document: Any, attribute: str) -> datetime | None:
    value = document.get(attribute)
    if value is None or value == "":
        return None
    try:
        at = datetime.fromisoformat(value)
    except (ValueError, TypeError) as error:
        raise FieldInvalid("DOCUMENT_FIELD_INVALID", attribute, value=str(value)[:100]) from error
    return at if at.tzinfo else at.replace(tzinfo=UTC)
