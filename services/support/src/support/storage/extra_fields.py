"""Fields of the branch's own."""

import json

from sqlalchemy import delete, insert, select, update

from chassis.database import Unit as Work
from support.domain.extra_fields import ExtraField
from support.storage.parameters_tables import extra_fields

DOCUMENT = "fields.extra"


def every_field(work: Work, form: str = "") -> list[ExtraField]:
    """Answer the fields of a form, or of all, by form and name."""
    question = select(extra_fields).order_by(extra_fields.c.form, extra_fields.c.name)
    if form:
        question = question.where(extra_fields.c.form == form)
    return [
        ExtraField(
            row.form, row.name, row.title_zh, row.title_en, row.kind, tuple(json.loads(row.choices or "[]")), row.id
        )
        for row in work.session.execute(question)
    ]


def write_field(work: Work, field: ExtraField, *, known: bool) -> None:
    """Add a field or write it over the one of its name."""
    values = {
        "title_zh": field.title_zh,
        "title_en": field.title_en,
        "kind": field.kind,
        "choices": json.dumps(field.choices, ensure_ascii=False) if field.choices else None,
    }
    if known:
        same = (extra_fields.c.form == field.form, extra_fields.c.name == field.name)
        work.session.execute(update(extra_fields).where(*same).values(**values))
    else:
        work.session.execute(insert(extra_fields).values(form=field.form, name=field.name, id=field.id, **values))


def remove_field(work: Work, field: ExtraField) -> None:
    """Remove a field."""
    work.session.execute(
        delete(extra_fields).where(extra_fields.c.form == field.form, extra_fields.c.name == field.name)
    )
