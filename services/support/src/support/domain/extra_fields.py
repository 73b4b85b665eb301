"""Fields that the branch adds to an archive form: what they may be called and may hold."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from support.domain.errors import FieldRefused

COLUMN = "extra"
KINDS = ("text", "number", "date", "choice")
MOST_FIELDS, MOST_CHOICES = 50, 50
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,39}")
_LONGEST = 60


@dataclass(frozen=True, slots=True)
class ExtraField:
    """One field of the branch's own; its column in the form is `extra.{name}`."""

    form: str
    name: str
    title_zh: str
    title_en: str
    kind: str
    choices: tuple[str, ...] = ()
    id: str = ""

    @property
    def column(self) -> str:
        """The path of its column within the form."""
        return f"{COLUMN}.{self.name}"


@dataclass(frozen=True, slots=True)
class ColumnUse:
    """One place where a column is used: `PARAMETER` with its key, or `RULE` with its id; `label` is what people read."""

    kind: str
    key: str
    label: str


def check_field(field: ExtraField, forms: Sequence[str], before: ExtraField | None, count: int) -> None:
    """Refuse a field that has no place, no proper name or title, or would turn what is stored into another kind."""
    if field.form not in forms:
        raise FieldRefused("field.form", "FORM_HAS_NO_EXTRA_FIELDS", value=field.form[:64])
    if not _NAME.fullmatch(field.name):
        raise FieldRefused("field.name", "EXTRA_FIELD_NAME_INVALID", value=field.name[:60])
    for name, title in (("title_zh", field.title_zh), ("title_en", field.title_en)):
        if not title:
            raise FieldRefused(f"field.{name}", "TITLE_MISSING")
        if len(title) > _LONGEST:
            raise FieldRefused(f"field.{name}", "TEXT_TOO_LONG", maximum=str(_LONGEST))
    if field.kind not in KINDS:
        raise FieldRefused("field.kind", "EXTRA_FIELD_KIND_UNKNOWN", value=field.kind[:20])
    if before is not None and before.kind != field.kind:
        raise FieldRefused("field.kind", "EXTRA_FIELD_KIND_FIXED", kind=before.kind)
    if before is None and count >= MOST_FIELDS:
        raise FieldRefused("field.name", "TOO_MANY_EXTRA_FIELDS", maximum=str(MOST_FIELDS))
    _check_choices(field)


def _check_choices(field: ExtraField) -> None:
    wanted = field.kind == "choice"
    if wanted != bool(field.choices) or len(field.choices) > MOST_CHOICES:
        raise FieldRefused("field.choices", "CHOICES_INVALID", maximum=str(MOST_CHOICES if wanted else 0))
    for place, choice in enumerate(field.choices):
        if not choice.strip() or len(choice) > _LONGEST or choice in field.choices[:place]:
            raise FieldRefused(f"field.choices[{place}]", "CHOICES_INVALID", maximum=str(_LONGEST))
