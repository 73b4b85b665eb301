"""Masks and clears the fields of a contract's messages as far as the columns of their row are open to the caller."""

import re
from collections.abc import Callable, Iterable, Mapping, MutableMapping
from dataclasses import dataclass
from typing import Any

from crm.common.v1 import access_pb2
from google.protobuf.descriptor import Descriptor
from google.protobuf.message import Message

from chassis.declarations import Form, column_of, form_of, is_map, path_of
from chassis.rights import HIDDEN, MASKED, READ, Columns

_STREET = re.compile(r"^.*?(?:大道|路|街|巷|弄|道|村|镇|乡|\b(?:road|street|lane|avenue)\b)", re.IGNORECASE)


def phone(value: str) -> str:
    """Answers `138****0000`: enough to recognise a number, not to call it."""
    return f"{value[:3]}****{value[-4:]}" if len(value) >= 8 else "*" * len(value)


def id_card(value: str) -> str:
    """Answers an identity card number with only its ends."""
    return value[:3] + "*" * (len(value) - 5) + value[-2:] if len(value) >= 8 else "*" * len(value)


def address(value: str) -> str:
    """Answers an address down to its street; without one, its first third."""
    street = _STREET.match(value)
    shown = street.group() if street and len(street.group()) < len(value) else value[: len(value) // 3]
    return f"{shown}****"


def bank_account(value: str) -> str:
    """Answers the last four digits of a bank account."""
    return f"**** {value[-4:]}" if len(value) >= 8 else "*" * len(value)


MASKS: dict[int, Callable[[str], str]] = {
    access_pb2.SENSITIVITY_PHONE: phone,
    access_pb2.SENSITIVITY_ID_CARD: id_card,
    access_pb2.SENSITIVITY_ADDRESS: address,
    access_pb2.SENSITIVITY_BANK_ACCOUNT: bank_account,
}


def masked(value: str, sensitivity: int) -> str:
    """Answers a value as its kind is masked; a kind without a mask of its own shows nothing but stars."""
    return MASKS.get(sensitivity, lambda text: "*" * min(len(text), 6))(value) if value else ""


def shown(columns: Columns, path: str, sensitivity: int, value: str) -> str:
    """Answers a value outside of its message, as in the history or an export, as far as its column is open."""
    right = columns.right(path, sensitive=bool(sensitivity))
    if right >= READ:
        return value
    return masked(value, sensitivity) if right == MASKED else ""


def shown_map(held: Mapping[str, str], path: str, columns: Columns) -> dict[str, str]:
    """Answers a field that holds columns by name, as far as each of them is open; none of these is sensitive by itself."""
    return {name: text for name, value in held.items() if (text := shown(columns, f"{path}.{name}", 0, value))}


@dataclass(frozen=True)
class _Plan:
    """What to do with the fields of one kind of message for one `Columns`."""

    cleared: tuple[str, ...]
    masked: tuple[tuple[str, int], ...]
    # Fields that hold columns by name, where not all of them are open alike or in full: name and path.
    maps: tuple[tuple[str, str], ...] = ()


def apply(message: Message, columns: Columns) -> None:
    """Masks and clears the fields of a record, or of a record below it with the same row."""
    kind: Any = message.DESCRIPTOR
    plan = _plan(columns, kind)
    for name in plan.cleared:
        message.ClearField(name)
    for name, sensitivity in plan.masked:
        _mask(message, name, sensitivity)
    for name, path in plan.maps:
        _mask_map(getattr(message, name), path, columns)


def tell(message: Any, columns: Columns, form: Form) -> None:
    """Masks and clears a record, and says in its field `columns` what was left out of it."""
    apply(message, columns)
    said = states(columns, form)
    if said.ByteSize():
        message.columns.CopyFrom(said)


def untouched(columns: Columns, kind: Descriptor, form: Form) -> bool:
    """Tells whether a record leaves as it is, with nothing to say of its columns: the usual case of one's own rows."""
    plan = _plan(columns, kind)
    return not plan.cleared and not plan.masked and not plan.maps and not states(columns, form).ByteSize()


def states(columns: Columns, form: Form) -> access_pb2.ColumnStates:
    """Answers what the caller sees of a form's columns where that is less than everything; made once for equal rows."""
    kept: Any = columns.kept.get(form.name)
    if kept is None:
        kept = columns.kept[form.name] = _states(columns, form)
    return kept


def _plan(columns: Columns, kind: Descriptor) -> _Plan:
    kept: Any = columns.kept.get(kind.full_name)
    if kept is None:
        kept = columns.kept[kind.full_name] = _make_plan(columns, kind)
    return kept


def _make_plan(columns: Columns, kind: Descriptor) -> _Plan:
    form = form_of(kind)
    if form is None:
        raise TypeError(f"{kind.full_name} is not the record of a form")
    cleared: list[str] = []
    to_mask: list[tuple[str, int]] = []
    maps: list[tuple[str, str]] = []
    for field in kind.fields:
        said = column_of(field)
        if said.key:
            continue
        path = path_of(form, field)
        if is_map(field):
            if columns.right(path) < READ or _named_below(columns, path):
                maps.append((field.name, path))
            continue
        right = columns.right(path, sensitive=bool(said.sensitivity))
        alike = field.type == field.TYPE_STRING and (bool(said.sensitivity) or not field.is_repeated)
        if right == HIDDEN or (right == MASKED and not alike):
            # What is no text, or several of no kind that has a mask, has nothing to recognise it by: masked is hidden.
            cleared.append(field.name)
        elif right == MASKED:
            to_mask.append((field.name, said.sensitivity))
    return _Plan(tuple(cleared), tuple(to_mask), tuple(maps))


def _named_below(columns: Columns, path: str) -> list[str]:
    """Answers the columns of a map that rules name one by one."""
    rules = (*columns.rules, *columns.refusals)
    return sorted({column for rule in rules for column in rule.columns if column.startswith(f"{path}.")})


def _mask_map(held: MutableMapping[str, str], path: str, columns: Columns) -> None:
    shown_of = shown_map(held, path, columns)
    held.clear()
    held.update(shown_of)


def _mask(message: Any, name: str, sensitivity: int) -> None:
    value: Any = getattr(message, name)
    if isinstance(value, str):
        setattr(message, name, masked(value, sensitivity))
        return
    texts: Iterable[str] = list(value)
    del value[:]
    value.extend(masked(text, sensitivity) for text in texts)


def _states(columns: Columns, form: Form) -> access_pb2.ColumnStates:
    answer = access_pb2.ColumnStates()
    for column in form.columns.values():
        right = columns.right(column.path, sensitive=bool(column.sensitivity))
        if right == HIDDEN:
            answer.hidden.append(column.path)
        elif right == MASKED:
            answer.masked.append(column.path)
            if columns.unmask:
                answer.unmaskable.append(column.path)
        elif right == READ:
            answer.read_only.append(column.path)
    for path in (path for group in form.maps for path in _named_below(columns, group)):
        right = columns.right(path)
        if right == HIDDEN:
            answer.hidden.append(path)
        elif right == MASKED:
            answer.masked.append(path)
        elif right == READ:
            answer.read_only.append(path)
    return answer
