"""Complete a task with its result, checked against the form of its kind."""

import json
from functools import lru_cache
from typing import Any

import jsonschema_rs

from chassis.database import Unit
from dispatch.actions.announce import announce
from dispatch.actions.doer import doer
from dispatch.actions.follow_work_order import follow_work_order
from dispatch.actions.traces import before, expect_version, trace_changes
from dispatch.domain.errors import FieldInvalid
from dispatch.domain.forms import completion_form
from dispatch.domain.task import Task
from dispatch.domain.words import Right, TaskKind
from dispatch.storage import tasks

LONGEST_RESULT = 8000


def complete_task(unit: Unit, task_id: str, version: int, result_code: str, result_json: str) -> Task:
    """Completes a task the caller has seen in this version."""
    task = tasks.find(unit, task_id, tasks.FORM, Right.CHANGE, lock=True)
    expect_version(unit, task, version)
    result = read_result(TaskKind(task.kind), result_code, result_json)
    was = before(task)
    event = task.complete(doer(unit), unit.now(), result_code, json.dumps(result, ensure_ascii=False))
    trace_changes(unit, task, was)
    follow_work_order(unit, task)
    announce(unit, event)
    return task


def read_result(kind: TaskKind, result_code: str, result_json: str) -> dict[str, Any]:
    """Reads the result fields; the first wrong one is named. The result code is one of them and counts once."""
    try:
        fields: Any = json.loads(result_json or "{}") if len(result_json) <= LONGEST_RESULT else None
    except ValueError:
        fields = None
    if not isinstance(fields, dict):
        raise FieldInvalid("RESULT_NOT_AN_OBJECT", "result_json")
    result: dict[str, Any] = {**fields, "result_code": result_code}
    for error in validator(kind).iter_errors(result):
        raise _named(error)
    return result


@lru_cache
def validator(kind: TaskKind) -> Any:
    """Answers the validator of a kind's form, made once."""
    return jsonschema_rs.Draft202012Validator(completion_form(kind, "zh-CN"), validate_formats=True)


def _named(error: Any) -> FieldInvalid:
    rule = str(error.kind.name)
    if rule == "required":
        return FieldInvalid("RESULT_FIELD_MISSING", str(error.kind.property))
    if rule == "additionalProperties":
        return FieldInvalid("RESULT_FIELD_UNKNOWN", str(error.kind.unexpected[0]))
    path = list(error.instance_path)
    return FieldInvalid("RESULT_FIELD_INVALID", str(path[0]) if path else "result_json", rule=rule)
