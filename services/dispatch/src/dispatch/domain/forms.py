"""The forms in which tasks are completed: JSON Schema (2020-12) by kind, titles in the reader's language."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from dispatch.domain.words import TaskKind

LONGEST_NOTE = 500
Words2 = tuple[str, str]  # Chinese, English
Choices = Mapping[str, Words2]


@dataclass(frozen=True, slots=True)
class Form:
    """Result codes, and which further field each of them demands."""

    results: Choices
    fields: tuple[str, ...] = ("note",)
    demands: Mapping[str, str] = field(default_factory=dict[str, str])


CHANNELS: Choices = {"call": ("电话", "Call"), "visit": ("上门", "Visit"), "message": ("短信", "Message")}
REASONS: Choices = {
    "customer_absent": ("客户不在", "Customer absent"),
    "customer_refused": ("客户拒绝", "Customer refused"),
    "no_resource": ("无线路资源", "No line resource"),
    "fault": ("设备故障", "Faulty equipment"),
    "other": ("其他", "Other"),
}
LEAVING: Choices = {
    "price": ("资费", "Price"),
    "quality": ("质量", "Quality"),
    "service": ("服务", "Service"),
    "moving": ("搬迁", "Moving away"),
    "competitor": ("竞争对手", "Competitor"),
    "other": ("其他", "Other"),
}

GREETING = Form(
    {
        "delivered": ("已送达", "Delivered"),
        "not_reached": ("未联系上", "Not reached"),
        "refused": ("客户拒绝", "Refused by customer"),
    },
    ("channel", "note"),
    {"delivered": "channel"},
)
WORKS = Form(
    {"done": ("已完成", "Done"), "postponed": ("改期", "Postponed"), "failed": ("未成功", "Failed")},
    ("new_date", "reason", "note"),
    {"postponed": "new_date", "failed": "reason"},
)
CARE = Form(
    {
        "satisfied": ("客户满意", "Satisfied"),
        "problem": ("客户有问题", "Has a problem"),
        "not_reached": ("未联系上", "Not reached"),
    },
    ("channel", "note"),
    {"satisfied": "channel", "problem": "note"},
)
RETENTION = Form(
    {
        "stays": ("已挽留", "Stays"),
        "undecided": ("考虑中", "Undecided"),
        "leaves": ("离网", "Leaves"),
        "not_reached": ("未联系上", "Not reached"),
    },
    ("channel", "leaving_reason", "note"),
    {"leaves": "leaving_reason"},
)
ARREARS = Form(
    {
        "paid": ("已缴清", "Paid"),
        "promised": ("承诺缴费", "Promised"),
        "refused": ("拒绝缴费", "Refused"),
        "not_reached": ("未联系上", "Not reached"),
    },
    ("promised_on", "note"),
    {"promised": "promised_on"},
)
OTHER = Form(
    {"done": ("已完成", "Done"), "not_done": ("未完成", "Not done")},
    ("note",),
    {"not_done": "note"},
)

FORMS = {
    TaskKind.BIRTHDAY: GREETING,
    TaskKind.STORE_ANNIVERSARY: GREETING,
    TaskKind.HOLIDAY: GREETING,
    TaskKind.INSTALL: WORKS,
    TaskKind.REMOVE: WORKS,
    TaskKind.RELOCATE: WORKS,
    TaskKind.VISIT: WORKS,
    TaskKind.CARE: CARE,
    TaskKind.RETENTION: RETENTION,
    TaskKind.ARREARS: ARREARS,
    TaskKind.OTHER: OTHER,
}

RESULT_TITLE: Words2 = ("结果", "Result")
FIELDS: dict[str, tuple[Words2, Choices | str]] = {
    "channel": (("方式", "Channel"), CHANNELS),
    "reason": (("原因", "Reason"), REASONS),
    "leaving_reason": (("离网原因", "Why they leave"), LEAVING),
    "new_date": (("改约日期", "New date"), "date"),
    "promised_on": (("承诺日期", "Promised for"), "date"),
    "note": (("备注", "Note"), "text"),
}


def completion_form(kind: TaskKind, language: str) -> dict[str, Any]:
    """The schema of a kind's result fields, `result_code` among them."""
    form = FORMS[kind]
    tongue = 1 if language.lower().startswith("en") else 0
    properties = {"result_code": _choice(RESULT_TITLE, form.results, tongue)}
    properties |= {name: _field(*FIELDS[name], tongue) for name in form.fields}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "type": "object",
        "properties": properties,
        "required": ["result_code"],
        "additionalProperties": False,
        "allOf": [
            {
                "if": {"properties": {"result_code": {"const": code}}, "required": ["result_code"]},
                "then": {"required": [name]},
            }
            for code, name in form.demands.items()
        ],
    }


def completion_hints(kind: TaskKind) -> dict[str, Any]:
    """How the form is best shown, as rjsf reads it."""
    hints: dict[str, Any] = {"ui:order": ["result_code", *FORMS[kind].fields]}
    hints["result_code"] = {"ui:widget": "radio"}
    for name in FORMS[kind].fields:
        kind_of_field = FIELDS[name][1]
        if kind_of_field == "text":
            hints[name] = {"ui:widget": "textarea"}
        elif kind_of_field == "date":
            hints[name] = {"ui:widget": "date"}
        else:
            hints[name] = {"ui:widget": "radio"}
    return hints


def _field(title: Words2, content: Choices | str, tongue: int) -> dict[str, Any]:
    if content == "date":
        return {"type": "string", "format": "date", "title": title[tongue]}
    if isinstance(content, str):
        return {"type": "string", "minLength": 1, "maxLength": LONGEST_NOTE, "title": title[tongue]}
    return _choice(title, content, tongue)


def _choice(title: Words2, choices: Choices, tongue: int) -> dict[str, Any]:
    options = [{"const": code, "title": words[tongue]} for code, words in choices.items()]
    return {"type": "string", "title": title[tongue], "oneOf": options}
