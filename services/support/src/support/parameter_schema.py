"""Values against the JSON Schema of their declaration: what is wrong, in reason codes with the path of the part that is.

Beside JSON Schema two words of our own: `x-ascending` names properties that must rise from one to the next, such as
`["from", "to"]`; `x-column` on a text says that it is a column of a form, as `form/column`.
"""

import json
from collections.abc import Callable, Iterator
from functools import lru_cache
from itertools import pairwise
from typing import Any, cast

import jsonschema_rs

from support.domain.errors import FieldRefused

FIELD = "value.value_json"
# Rule of the schema → reason code, and where the error carries what the rule asks for.
_REASONS: dict[str, tuple[str, str]] = {
    "minimum": ("PARAMETER_TOO_SMALL", "limit"),
    "exclusiveMinimum": ("PARAMETER_TOO_SMALL", "limit"),
    "maximum": ("PARAMETER_TOO_LARGE", "limit"),
    "exclusiveMaximum": ("PARAMETER_TOO_LARGE", "limit"),
    "type": ("PARAMETER_TYPE_WRONG", ""),
    "enum": ("PARAMETER_NOT_A_CHOICE", ""),
    "const": ("PARAMETER_NOT_A_CHOICE", ""),
    "oneOfNotValid": ("PARAMETER_NOT_A_CHOICE", ""),
    "pattern": ("PARAMETER_FORMAT_WRONG", "pattern"),
    "format": ("PARAMETER_FORMAT_WRONG", "format"),
    "required": ("PARAMETER_PART_MISSING", "property"),
    "additionalProperties": ("PARAMETER_PART_UNKNOWN", "unexpected"),
    "minItems": ("PARAMETER_TOO_FEW", "limit"),
    "maxItems": ("PARAMETER_TOO_MANY", "limit"),
    "uniqueItems": ("PARAMETER_REPEATED", ""),
}


def read_json(text: str) -> Any:
    """Read JSON; numbers that are none (NaN, Infinity) are refused like everything else that is not JSON."""
    try:
        return json.loads(text, parse_constant=_no_number)
    except ValueError as error:
        raise FieldRefused(FIELD, "JSON_INVALID") from error


def check_value(schema_json: str, value: Any, known_column: Callable[[str], bool]) -> None:
    """Refuse a value that its declaration does not allow, by the first thing that is wrong with it."""
    for error in _validator(schema_json).iter_errors(value):
        raise _refusal(error)
    schema: dict[str, Any] = json.loads(schema_json)
    for path, column in _columns(schema, value, ()):
        if not known_column(column):
            raise _refused(path, "COLUMN_UNKNOWN", value=column[:120])
    for path, names, part in _rising(schema, value, ()):
        for first, second in pairwise(names):
            if first in part and second in part and not part[first] < part[second]:
                raise _refused((*path, second), "PARAMETER_NOT_RISING", after=first)


@lru_cache(maxsize=200)
def _validator(schema_json: str) -> Any:
    return jsonschema_rs.Draft202012Validator(json.loads(schema_json), validate_formats=True)


def _refusal(error: Any) -> FieldRefused:
    rule = str(error.kind.name)
    reason, carries = _REASONS.get(rule, ("PARAMETER_INVALID", ""))
    data = {"rule": rule, "detail": str(error.message)[:200]}
    if carries:
        data["limit"] = str(getattr(error.kind, carries, ""))[:100]
    return _refused(tuple(error.instance_path), reason, **data)


def _refused(path: tuple[Any, ...], reason: str, **data: str) -> FieldRefused:
    return FieldRefused(".".join([FIELD, *(str(part) for part in path)]), reason, **data)


def _columns(schema: dict[str, Any], value: Any, path: tuple[Any, ...]) -> Iterator[tuple[tuple[Any, ...], str]]:
    if schema.get("x-column") and isinstance(value, str):
        yield path, value
    for name, inner, part in _parts(schema, value):
        yield from _columns(inner, part, (*path, name))


def _rising(
    schema: dict[str, Any], value: Any, path: tuple[Any, ...]
) -> Iterator[tuple[tuple[Any, ...], list[str], dict[str, Any]]]:
    if schema.get("x-ascending") and isinstance(value, dict):
        yield path, list(schema["x-ascending"]), cast("dict[str, Any]", value)
    for name, inner, part in _parts(schema, value):
        yield from _rising(inner, part, (*path, name))


def _parts(schema: dict[str, Any], value: Any) -> Iterator[tuple[Any, dict[str, Any], Any]]:
    if isinstance(value, dict):
        declared: dict[str, dict[str, Any]] = schema.get("properties", {})
        for name, part in cast("dict[str, Any]", value).items():
            if name in declared:
                yield name, declared[name], part
    if isinstance(value, list) and isinstance(schema.get("items"), dict):
        for place, part in enumerate(cast("list[Any]", value)):
            yield place, schema["items"], part


def _no_number(text: str) -> Any:
    raise ValueError(text)
