"""Fields that the branch adds to an archive form, and where a column is used."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date

from crm.common.v1 import access_pb2

from chassis.database import Unit as Work
from support.domain.extra_fields import ColumnUse, ExtraField, check_field
from support.domain.parameter_errors import ColumnInUse, ExtraFieldUnknown
from support.domain.parameters import FORM, Declared, Value, columns_in, published
from support.domain.policy import Role
from support.storage import extra_fields, parameters, policies
from support.storage.documents import mark_changed

_SOME_RULE = "权限规则"
_TRACED = ("title_zh", "title_en", "kind", "choices")


def list_extra_fields(work: Work, form: str) -> list[ExtraField]:
    """Answer the fields of a form, or of all."""
    return extra_fields.every_field(work, form)


def set_extra_field(work: Work, wanted: ExtraField, forms: Sequence[str]) -> ExtraField:
    """Add a field, or give the one of its name other titles and choices."""
    there = extra_fields.every_field(work, wanted.form)
    before = next((field for field in there if field.name == wanted.name), None)
    check_field(wanted, forms, before, len(there))
    after = replace(wanted, id=before.id if before else work.new_id())
    if after == before:
        return after
    extra_fields.write_field(work, after, known=before is not None)
    for name in _TRACED:
        old, new = _told(before, name), _told(after, name)
        if old != new:
            work.trace(FORM, after.id, f"{after.column}.{name}", old, new, root_id=parameters.ALL)
    mark_changed(work, [extra_fields.DOCUMENT])
    return after


def delete_extra_field(work: Work, form: str, name: str, declared: Mapping[str, Declared], today: date) -> None:
    """Remove a field; refused while parameters or rules name it. What customers have in it stays stored and unseen."""
    field = next((each for each in extra_fields.every_field(work, form) if each.name == name), None)
    if field is None:
        raise ExtraFieldUnknown(form=form[:64], id=name[:40])
    uses = find_column_uses(work, form, field.column, declared, today)
    if uses:
        raise ColumnInUse(
            form=form,
            column=field.column,
            uses="; ".join(use.label or _SOME_RULE for use in uses),
            keys=" ".join(use.key for use in uses if use.key),
        )
    extra_fields.remove_field(work, field)
    work.trace(FORM, field.id, field.column, field.title_zh, None, root_id=parameters.ALL)
    mark_changed(work, [extra_fields.DOCUMENT])


def find_column_uses(
    work: Work, form: str, column: str, declared: Mapping[str, Declared], today: date
) -> list[ColumnUse]:
    """Answer where a column is used: parameters that refer to it by declaration or by a value that holds now or later, and
    rules of the policy in force.

    Which role has such a rule is for who sees roles; others are told that there is one.
    """
    path, values = f"{form}/{column}", parameters.every_value(work)
    found = [
        ColumnUse("PARAMETER", each.key, each.title)
        for each in declared.values()
        if path in each.columns or path in _named(each, published(values.get(each.key, ()), today))
    ]
    force = policies.in_force(work)
    rules = list(_rules(force.roles if force else (), form, column))
    if rules and not work.access.sees(work.actor, "support.role", access_pb2.ACTION_SEE):
        rules = [ColumnUse("RULE", "", "")]
    return found + rules


def _named(declared: Declared, values: Iterable[Value]) -> set[str]:
    texts = [declared.default_json, *(value.value_json for value in values)]
    return set[str]().union(*(columns_in(json.loads(text)) for text in texts if text))


def _rules(roles: Iterable[Role], form: str, column: str) -> Iterable[ColumnUse]:
    for role in roles:
        for rule in role.rules:
            if rule.form == form and any(named == column for named, _ in rule.columns):
                yield ColumnUse("RULE", rule.id, role.title_zh)


def _told(field: ExtraField | None, name: str) -> str | None:
    value: object = getattr(field, name) if field else None
    if isinstance(value, tuple):
        return " ".join(str(each) for each in value) or None  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType] - choices
    return None if value is None else str(value)
