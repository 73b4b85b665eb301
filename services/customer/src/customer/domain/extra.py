"""Fields that the branch has added to the archive: what each may hold."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from customer.domain.customer import EXTRA
from customer.domain.errors import FieldRefused

LONGEST_EXTRA = 500
"""Characters one value may have."""
_NUMBER = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,6})?")


@dataclass(frozen=True, slots=True)
class ExtraField:
    """One field: `text`, `number`, `date` or `choice`."""

    name: str
    kind: str
    choices: tuple[str, ...] = ()
    title_zh: str = ""
    title_en: str = ""

    @property
    def path(self) -> str:
        """The path of its column: in rules, in the history, and in files."""
        return f"{EXTRA}.{self.name}"

    def check(self, value: str) -> None:
        """Refuses a value that is none of this kind."""
        if len(value) > LONGEST_EXTRA:
            raise FieldRefused(self.path, "TOO_LONG", maximum=str(LONGEST_EXTRA))
        if self.kind == "number" and not _NUMBER.fullmatch(value):
            raise FieldRefused(self.path, "NUMBER_INVALID")
        if self.kind == "choice" and value not in self.choices:
            raise FieldRefused(self.path, "NOT_A_CHOICE")
        if self.kind == "date" and not _is_day(value):
            raise FieldRefused(self.path, "DATE_INVALID")


Extras = Mapping[str, ExtraField]
NO_EXTRAS: Extras = {}
"""A branch that has added nothing."""


def removed(path: str, fields: Extras) -> bool:
    """Tells whether a path names a field that the branch had and has no more: what it held stays, and is told to nobody."""
    return path.startswith(f"{EXTRA}.") and path.removeprefix(f"{EXTRA}.") not in fields


def checked(values: Mapping[str, str | None], fields: Extras) -> dict[str, str | None]:
    """Answers the values to set by name; refuses an unknown field and a wrong value. An empty one is taken away."""
    found: dict[str, str | None] = {}
    for name, value in values.items():
        field = fields.get(name)
        if field is None:
            raise FieldRefused(f"{EXTRA}.{name[:40]}", "EXTRA_FIELD_UNKNOWN")
        if value:
            field.check(value)
        found[name] = value or None
    return found


def as_stored(values: Mapping[str, str | None] | None) -> str | None:
    """Answers values by name as the one JSON text they are stored as, the same for the same values; None where there is none."""
    held = {name: value for name, value in (values or {}).items() if value}
    return json.dumps(held, ensure_ascii=False, sort_keys=True) if held else None


def _is_day(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False
