"""What an administrator may set for dispatch, and what it reads of what support declares."""

import json
from collections.abc import Mapping
from datetime import date, time
from typing import Any

from crm.common.v1 import access_pb2

from chassis.parameters import Parameters
from dispatch.domain.branch import USUAL_RESPONSE
from dispatch.domain.calendar import USUAL_HOURS, Hours
from dispatch.domain.rules import BIRTHDAY, MOST_DAYS_AHEAD, STORE_ANNIVERSARY

RESPONSE_HOURS = "dispatch.response_hours"
WORKING_HOURS = "support.working_hours"
LEAD_DAYS = {
    BIRTHDAY: "dispatch.birthday_lead_days",
    STORE_ANNIVERSARY: "dispatch.store_anniversary_lead_days",
}
_PRIORITIES = {1: ("urgent", "紧急", "Urgent"), 2: ("high", "高", "High"), 3: ("normal", "普通", "Normal"), 4: ("low", "低", "Low")}  # fmt: skip
_LONGEST_RESPONSE = 400


def _declared(
    key: str, group: str, schema: dict[str, Any], default: object, levels: str, zh: tuple[str, str], en: tuple[str, str]
) -> access_pb2.ParameterDeclaration:
    texts = {"zh": {"title": zh[0], "description": zh[1]}, "en": {"title": en[0], "description": en[1]}}
    schema = {**schema, "title": zh[0], "description": zh[1], "x-text": texts}
    return access_pb2.ParameterDeclaration(
        key=key,
        schema_json=json.dumps(schema, ensure_ascii=False),
        default_json=json.dumps(default),
        group=group,
        levels=levels.split(),
    )


def _lead_days(rule: str, zh: str, en: str) -> access_pb2.ParameterDeclaration:
    return _declared(
        LEAD_DAYS[rule],
        "calendar",
        {"type": "integer", "minimum": 0, "maximum": MOST_DAYS_AHEAD, "x-unit": "days"},
        None,
        "branch bureau",
        (f"{zh}提前天数", f"{zh}前多少天生成关怀任务；未设置时按生成规则"),
        (
            f"Lead days of {en}",
            "Days before it on which the task appears; as the generation rule says where nothing is set",
        ),
    )


def _hours(zh: str, en: str) -> dict[str, Any]:
    texts = {"zh": {"title": zh}, "en": {"title": en}}
    number = {"type": "number", "exclusiveMinimum": 0, "maximum": _LONGEST_RESPONSE, "x-unit": "working_hours"}
    return {**number, "title": zh, "x-text": texts}


DECLARED = (
    _lead_days(BIRTHDAY, "生日", "birthdays"),
    _lead_days(STORE_ANNIVERSARY, "店庆", "store anniversaries"),
    _declared(
        RESPONSE_HOURS,
        "response",
        {
            "type": "object",
            "properties": {word: _hours(zh, en) for word, zh, en in _PRIORITIES.values()},
            "required": [word for word, _, _ in _PRIORITIES.values()],
            "additionalProperties": False,
            "x-ascending": [word for word, _, _ in _PRIORITIES.values()],
        },
        {_PRIORITIES[priority][0]: hours for priority, hours in USUAL_RESPONSE.items()},
        "branch bureau community",
        ("响应时限", "未指定期限的来单和手工任务，按优先级在多少个工作小时内完成"),
        (
            "Response times",
            "Working hours in which inbound orders and tasks without a time of their own are to be done",
        ),
    ),
)
"""What dispatch declares."""

READ = (
    access_pb2.ParameterDeclaration(
        key=WORKING_HOURS,
        default_json=json.dumps({"from": f"{USUAL_HOURS.begins:%H:%M}", "to": f"{USUAL_HOURS.ends:%H:%M}"}),
    ),
)
"""What support declares and dispatch reads; the default is the same."""


def hours_at(parameters: Parameters, unit_id: str, on: date) -> Hours:
    """The working hours of a unit on a day."""
    found = parameters.value(WORKING_HOURS, [unit_id] if unit_id else (), on)
    return Hours(time.fromisoformat(found["from"]), time.fromisoformat(found["to"]))


def lead_days_at(parameters: Parameters, unit_id: str) -> dict[str, int]:
    """The lead days that a unit has set, or the units above it, by rule."""
    units = [unit_id] if unit_id else ()
    found = {rule: parameters.value(key, units) for rule, key in LEAD_DAYS.items()}
    return {rule: int(days) for rule, days in found.items() if days is not None}


def response_at(parameters: Parameters, community_id: str, bureau_id: str) -> Mapping[int, float]:
    """The response times that hold in a community of a bureau, by priority."""
    found = parameters.value(RESPONSE_HOURS, [unit for unit in (community_id, bureau_id) if unit])
    return {priority: float(found[word]) for priority, (word, _, _) in _PRIORITIES.items()}
