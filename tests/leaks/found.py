"""What a comparison found: answers held column by column against the reading, as the contract declares their fields."""

import json
import re
from dataclasses import dataclass, field
from typing import Any

from crm.common.v1 import access_pb2

from tests.leaks.reading import READ, WRITE, Place, Reading, text


@dataclass
class Field:
    """A field of a record as the contract declares it."""

    name: str
    path: str
    key: bool
    kind: int
    is_text: bool
    many: bool


def required_of(kind: Any) -> set[str]:
    """The columns that no record of a kind can be without."""
    return {each.name for each in kind.DESCRIPTOR.fields if each.GetOptions().Extensions[access_pb2.column].required}


def fields_of(message: Any) -> tuple[str, list[Field]]:
    """The form a message is a record of, and its fields."""
    form = message.DESCRIPTOR.GetOptions().Extensions[access_pb2.form]
    found: list[Field] = []
    for each in message.DESCRIPTOR.fields:
        column = each.GetOptions().Extensions[access_pb2.column]
        path = f"{form.prefix}.{each.name}" if form.prefix else each.name
        found.append(
            Field(each.name, path, column.key, column.sensitivity, each.type == each.TYPE_STRING, each.is_repeated)
        )
    return form.name, found


@dataclass
class Found:
    """What a comparison found."""

    cases: int = 0
    leaks: list[str] = field(default_factory=list[str])
    denials: list[str] = field(default_factory=list[str])

    def rows(self, where: str, expected: set[str], answered: set[str], all_rows: int) -> None:
        """Compares which rows came."""
        self.cases += all_rows
        if answered - expected:
            self.leaks.append(f"{where}: rows {sorted(answered - expected)}")
        if expected - answered:
            self.denials.append(f"{where}: rows {sorted(expected - answered)}")

    def value(self, where: str, expected: Any, answered: Any) -> None:
        """Compares one value; whatever is not what it should be and not empty is a leak."""
        self.cases += 1
        if expected == answered:
            return
        (self.leaks if answered else self.denials).append(f"{where}: {answered!r} instead of {expected!r}")

    def verdict(self) -> str:
        """Everything that is wrong, each kind of it once."""
        kinds: dict[str, list[str]] = {}
        for word, wrongs in (("LEAK", self.leaks), ("WRONG DENIAL", self.denials)):
            for wrong in wrongs:
                kinds.setdefault(
                    f"{word} {re.sub('[0-9a-f-]{4,}', '#', wrong.split(':')[0].split(' ', 1)[1])}", []
                ).append(wrong)
        return "\n".join(f"{kind} × {len(wrongs)}, such as {wrongs[0][:300]}" for kind, wrongs in kinds.items())

    def said(self, where: str, expected: bool, answered: bool) -> None:
        """Compares whether a call was let through."""
        self.cases += 1
        if answered and not expected:
            self.leaks.append(f"{where}: let through")
        elif expected and not answered:
            self.denials.append(f"{where}: refused")

    def created(self, where: str, reading: Reading, row: Place, given: Any, refused: Any, *, may: bool) -> None:
        """Compares whether a new row was taken with these values, and which of them the refusal names."""
        form, fields = fields_of(given)
        required = required_of(given)
        told = {each.name for each, _ in given.ListFields()}
        closed = {
            each.path
            for each in fields
            if each.name in told
            and not each.key
            and not reading.fills(form, each.path, row, required=each.path in required)
        }
        self.said(f"{where} {'with closed columns' if closed else ''}", may and not closed, refused is None)
        if may and closed and refused is not None:
            self.value(f"{where} reason", "COLUMN_NOT_WRITABLE", refused.reason)
            self.value(f"{where} names a closed column", True, refused.data.get("field") in closed)

    def below(self, where: str, reading: Reading, form: str, group: str, row: Place, truth: Any, answered: Any) -> None:
        """Compares a field that holds columns by name, one by one."""
        for name in {*truth, *answered}:
            right = reading.right(form, f"{group}.{name}", False, row)
            self.value(f"{where}.{name}", text(truth.get(name, ""), right, 0), answered.get(name, ""))

    def record(self, where: str, reading: Reading, row: Place, truth: Any, answered: Any) -> None:
        """Compares a record column by column."""
        form, fields = fields_of(truth)
        for each in fields:
            if each.key:
                continue
            right = reading.right(form, each.path, bool(each.kind), row)
            value, got = getattr(truth, each.name), getattr(answered, each.name)
            at = f"{where} {each.path}"
            if hasattr(value, "items"):
                self.below(at, reading, form, each.path, row, value, got)
            elif each.many or not each.is_text:
                self.value(at, str(value) if right >= READ else str(getattr(type(truth)(), each.name)), str(got))
            else:
                self.value(at, text(value, right, each.kind), got)


def whole(
    value: str, reading: Reading, form: str, prefix: str, kinds: dict[str, int], keys: set[str], row: Place
) -> Any:
    """A record that appeared, told by the history column by column."""
    shown: dict[str, str] = {}
    for name, held in json.loads(value or "{}").items():
        path = prefix + name
        kind = kinds.get(path, 0)
        right = WRITE if path in keys else reading.right(form, path, bool(kind), row)
        told = text(str(held), right, kind)
        if told:
            shown[name] = told
    return shown
