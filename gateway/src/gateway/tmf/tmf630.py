"""What every TM Forum resource has in common (TMF630): queries, paging headers, selected attributes, patches, errors."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, cast
from urllib.parse import unquote

import grpc
import jsonpatch
import orjson
from fastapi import Request, Response
from jsonpointer import JsonPointerException

from gateway.edge import headers_of, read_body
from gateway.problems import Problem, refused

Resource = dict[str, Any]

MEDIA_TYPE: Final = "application/json;charset=utf-8"
DEFAULT_LIMIT = 50
MOST = 200
_MOST_OPERATIONS = 200
_MOST_CONDITIONS = 30
_JSON: Final = "application/json"
_MERGE: Final = "application/merge-patch+json"
_PATCH: Final = "application/json-patch+json"
# Names a query may carry that are not attributes; the last two are reserved and change nothing here.
_RESERVED = frozenset({"fields", "offset", "limit", "sort", "filter", "expand", "depth"})
_CONDITION = re.compile(r"([@\w.]+?)(?:\.(gte|gt|lte|lt|eq|regex))?(==|=~|>=|<=|\*=|>|<|=)(.*)", re.DOTALL)
_SIGNS: Mapping[str, str] = {
    "==": "eq", "=": "eq", ">": "gt", ">=": "gte", "<": "lt", "<=": "lte", "=~": "regex", "*=": "regex",
}  # fmt: skip
# A time zone written with a bare plus, which by the letter of the form encoding would be a blank.
_ZONE_AT_END = re.compile(r"\d\+\d\d(:|%3[aA])?\d\d$")


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition on a collection; any of the values will do."""

    attribute: str
    operator: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Query:
    """What a client asks of a collection or of one resource."""

    fields: frozenset[str] | None
    offset: int
    limit: int
    sort: tuple[str, ...]
    conditions: tuple[Condition, ...]


def as_object(value: object) -> Resource:
    """A JSON value as an object; empty when it is none."""
    return cast("Resource", value) if isinstance(value, dict) else {}


def is_object(value: object) -> bool:
    """True for a JSON object."""
    return isinstance(value, dict)


def as_list(value: object) -> list[Any]:
    """A JSON value as a list; empty when it is none."""
    return cast("list[Any]", value) if isinstance(value, list) else []


def read_query(raw: bytes) -> Query:
    """Reads a query; what cannot be meant is refused with 400."""
    reserved: dict[str, str] = {}
    conditions: list[Condition] = []
    for piece in raw.decode("latin-1").split("&"):
        if not piece:
            continue
        plus_means_plus = piece.startswith("sort=") or _ZONE_AT_END.search(piece)
        text = unquote(piece if plus_means_plus else piece.replace("+", " "))
        name, _, value = text.partition("=")
        if name in _RESERVED:
            reserved[name] = value
        else:
            conditions.append(_condition(text))
    if "filter" in reserved:
        raise refused(grpc.StatusCode.UNIMPLEMENTED, "FILTER_NOT_OFFERED", "JSONPath filters are not offered")
    if len(conditions) > _MOST_CONDITIONS:
        raise _invalid("QUERY_INVALID", "too many conditions", "query")
    fields = reserved.get("fields")
    return Query(
        fields=None if fields is None else frozenset(name.strip() for name in fields.split(",")),
        offset=_number(reserved, "offset", 0),
        limit=min(_number(reserved, "limit", DEFAULT_LIMIT), MOST),
        sort=tuple(name.strip() for name in reserved.get("sort", "").split(",") if name.strip()),
        conditions=_together(conditions),
    )


def _condition(text: str) -> Condition:
    found = _CONDITION.fullmatch(text)
    if found is None:
        raise _invalid("QUERY_INVALID", "a condition is attribute=value", text[:100])
    attribute, suffix, sign, value = found.groups()
    operator = suffix or _SIGNS[sign]
    if operator != "eq":
        return Condition(attribute, operator, (value,))
    alternatives = (part.removeprefix(f"{attribute}=") for part in value.split(";"))
    return Condition(attribute, "eq", tuple(each for part in alternatives for each in part.split(",")))


def _together(conditions: Sequence[Condition]) -> tuple[Condition, ...]:
    """`a=1&a=2` means either; other operators on one attribute must all hold."""
    equal: dict[str, tuple[str, ...]] = {}
    others: list[Condition] = []
    for each in conditions:
        if each.operator == "eq":
            equal[each.attribute] = equal.get(each.attribute, ()) + each.values
        else:
            others.append(each)
    return (*(Condition(name, "eq", values) for name, values in equal.items()), *others)


def _number(reserved: Mapping[str, str], name: str, default: int) -> int:
    text = reserved.get(name)
    if text is None:
        return default
    if not text.isascii() or not text.isdigit() or len(text) > 9:
        raise _invalid("QUERY_INVALID", f"{name} must be a number of 0 or more", name)
    return int(text)


def select(resource: Resource, fields: frozenset[str] | None) -> Resource:
    """The attributes asked for, and always id and href."""
    if fields is None:
        return resource
    return {name: value for name, value in resource.items() if name in fields or name in ("id", "href")}


def collection(resources: Sequence[Resource], query: Query, total: int, url: str, raw_query: bytes) -> Response:
    """Answers one page of a collection with TMF630's headers."""
    headers = {"x-total-count": str(total), "x-result-count": str(len(resources))}
    if links := _links(query, total, url, raw_query):
        headers["link"] = links
    return answer(200, [select(resource, query.fields) for resource in resources], headers)


def _links(query: Query, total: int, url: str, raw_query: bytes) -> str:
    if query.limit == 0:
        return ""
    last = max((total - 1) // query.limit * query.limit, 0)
    offsets = {"first": 0, "last": last}
    if query.offset > 0:
        offsets["prev"] = max(query.offset - query.limit, 0)
    if query.offset + query.limit < total:
        offsets["next"] = query.offset + query.limit
    pieces = raw_query.decode("latin-1").split("&")
    kept = [piece for piece in pieces if piece and not piece.startswith(("offset=", "limit="))]
    return ", ".join(
        f'<{url}?{"&".join([*kept, f"offset={offset}", f"limit={query.limit}"])}>; rel="{name}"'
        for name, offset in offsets.items()
    )


def answer(status: int, body: Any, headers: Mapping[str, str] | None = None) -> Response:
    """Answers JSON as the definitions say it."""
    return Response(orjson.dumps(body), status_code=status, media_type=MEDIA_TYPE, headers=dict(headers or {}))


def error(problem: Problem) -> Response:
    """Answers a problem as TMF630 says it."""
    status = problem.rest_status
    body = {
        "code": problem.reason,
        "reason": problem.message or problem.reason,
        "message": ", ".join(f"{name}={value}" for name, value in problem.data.items()),
        "status": str(status),
        "@type": "Error",
    }
    return answer(status, body, problem.headers())


async def read_resource(request: Request, limit: int) -> Resource:
    """The JSON object of a POST."""
    _media_type(request, (_JSON,))
    return _object(await _body(request, limit))


async def read_patched(request: Request, resource: Resource, limit: int) -> Resource:
    """The resource as a PATCH would have it, by merge patch (RFC 7396) or JSON patch (RFC 6902)."""
    media_type = _media_type(request, (_MERGE, _JSON, _PATCH))
    body = await _body(request, limit)
    if media_type != _PATCH:
        return merged(resource, _object(body))
    return _json_patched(resource, _parsed(body))


def merged(target: Resource, patch: Resource) -> Resource:
    """The target with a merge patch applied: null removes, objects are merged, everything else is replaced whole."""
    result = dict(target)
    for name, value in patch.items():
        if value is None:
            result.pop(name, None)
        elif is_object(value):
            result[name] = merged(as_object(result.get(name)), as_object(value))
        else:
            result[name] = value
    return result


def _json_patched(resource: Resource, operations: object) -> Resource:
    rows = as_list(operations)
    if not 1 <= len(rows) <= _MOST_OPERATIONS:
        raise _invalid("PATCH_INVALID", f"a JSON patch is a list of 1 to {_MOST_OPERATIONS} operations", "body")
    try:
        result: object = jsonpatch.JsonPatch(rows).apply(resource)
    except jsonpatch.JsonPatchTestFailed as failed:
        raise refused(grpc.StatusCode.ABORTED, "PATCH_TEST_FAILED", str(failed)[:200]) from None
    except (jsonpatch.JsonPatchException, JsonPointerException, TypeError, KeyError, ValueError, AttributeError) as bad:
        raise _invalid("PATCH_INVALID", str(bad)[:200], "body") from None
    if not is_object(result):
        raise _invalid("PATCH_INVALID", "the patch leaves no resource", "body")
    return as_object(result)


def _media_type(request: Request, offered: Sequence[str]) -> str:
    found = request.headers.get("content-type", _JSON).split(";", 1)[0].strip().lower()
    if found not in offered:
        message = f"send one of {', '.join(offered)}"
        raise refused(grpc.StatusCode.INVALID_ARGUMENT, "CONTENT_TYPE_UNKNOWN", message)
    return found


async def _body(request: Request, limit: int) -> bytes:
    return await read_body(request.receive, headers_of(request.scope), limit)  # pyright: ignore[reportArgumentType]  # a mutable mapping is one


def _parsed(body: bytes) -> Any:
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError as wrong:
        raise _invalid("JSON_INVALID", str(wrong)[:200], "body") from None


def _object(body: bytes) -> Resource:
    parsed = _parsed(body)
    if not is_object(parsed):
        raise _invalid("JSON_INVALID", "the body must be a JSON object", "body")
    return as_object(parsed)


def _invalid(reason: str, message: str, field: str) -> Problem:
    return refused(grpc.StatusCode.INVALID_ARGUMENT, reason, message, field=field)
