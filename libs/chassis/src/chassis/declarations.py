"""What a service's contract says of forms, columns and actions: the one register that rules, masks and pages go by.

A message with the option `form` is a record of that form, and every field of it that is not a key is a column. A new column
is therefore under the rules the moment it is in the contract, and a new sensitive one is masked until a rule opens it by name.
"""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from crm.common.v1 import access_pb2
from google.protobuf.descriptor import Descriptor, FieldDescriptor, FileDescriptor

from chassis.documents import Documents

DECLARATIONS_PREFIX = "declarations."
_LOOK_AGAIN = 30.0
_NOT_FORMS = frozenset({"access.probe"})


@dataclass(frozen=True)
class Column:
    """One column of a form."""

    path: str
    title_zh: str
    title_en: str
    sensitivity: int
    required: bool = False
    """True where no row can be without it."""
    also_in: tuple[str, ...] = ()
    """Columns that often hold the same value, as `form/column`."""


@dataclass
class Form:
    """One form: what can be done with it, and its columns in the order of the contract."""

    name: str
    title_zh: str = ""
    title_en: str = ""
    actions: set[int] = field(default_factory=set[int])
    columns: dict[str, Column] = field(default_factory=dict[str, Column])
    keys: set[str] = field(default_factory=set[str])
    """Paths of the fields no rule hides."""
    titles: dict[str, str] = field(default_factory=dict[str, str])
    """What each field is called in Chinese, keys among them: in a file nobody reads paths."""
    maps: set[str] = field(default_factory=set[str])
    """Paths of the fields that hold further columns by name: `extra` has the columns `extra.{name}`."""


def form_of(message: Descriptor) -> access_pb2.Form | None:
    """Answers the form whose record a message is, or None."""
    options = message.GetOptions()
    return options.Extensions[access_pb2.form] if options.HasExtension(access_pb2.form) else None


def column_of(within: FieldDescriptor) -> access_pb2.Column:
    """Answers what the contract says of a field as a column."""
    return within.GetOptions().Extensions[access_pb2.column]


def path_of(form: access_pb2.Form, within: FieldDescriptor) -> str:
    """Answers the path of a field within its form."""
    return f"{form.prefix}.{within.name}" if form.prefix else within.name


def is_map(within: FieldDescriptor) -> bool:
    """Tells whether a field holds further columns by name."""
    return within.message_type is not None and within.message_type.GetOptions().map_entry


class Forms:
    """The forms that some contracts declare."""

    def __init__(self, contracts: Iterable[FileDescriptor] = ()) -> None:
        self.by_name: dict[str, Form] = {}
        for contract in contracts:
            for message in contract.message_types_by_name.values():
                self._learn_record(message)
            for service in contract.services_by_name.values():
                for method in service.methods:
                    access = method.GetOptions().Extensions[access_pb2.access]
                    if access.form and access.form not in _NOT_FORMS:
                        self._form(access.form).actions.add(access.action)

    def sensitive(self, form: str, column: str) -> bool:
        """Tells whether a column is masked unless a rule opens it by name; one nobody declared is."""
        known = self.by_name.get(form)
        group = column.partition(".")[0]
        # A column that a field holds by name is as sensitive as that field.
        found = known.columns.get(group if group in known.maps else column) if known else None
        return found is None or bool(found.sensitivity)

    def implied(self, form: str, column: str) -> bool:
        """Tells whether a column goes with creating a row: a key, or what no row can be without."""
        known = self.by_name.get(form)
        if known is None:
            return False
        found = known.columns.get(column)
        return column in known.keys if found is None else found.required

    def declared(self, service: str, parameters: Sequence[access_pb2.ParameterDeclaration]) -> access_pb2.Declarations:
        """Answers the declarations of a service as they are published."""
        forms = [_declaration(self.by_name[name]) for name in sorted(self.by_name)]
        return access_pb2.Declarations(service=service, forms=forms, parameters=parameters)

    def _form(self, name: str) -> Form:
        return self.by_name.setdefault(name, Form(name))

    def _learn_record(self, message: Descriptor) -> None:
        option = form_of(message)
        if option is None:
            return
        form = self._form(option.name)
        form.title_zh, form.title_en = form.title_zh or option.title_zh, form.title_en or option.title_en
        for each in message.fields:
            said, path = column_of(each), path_of(option, each)
            if said.title_zh:
                form.titles[path] = said.title_zh
            if said.key:
                form.keys.add(path)
            else:
                form.columns[path] = Column(
                    path, said.title_zh, said.title_en, said.sensitivity, said.required, tuple(said.also_in)
                )
                if is_map(each):
                    form.maps.add(path)


def _declaration(form: Form) -> access_pb2.FormDeclaration:
    return access_pb2.FormDeclaration(
        name=form.name,
        title_zh=form.title_zh,
        title_en=form.title_en,
        actions=sorted(form.actions),  # type: ignore[arg-type]  # enum numbers
        columns=[
            access_pb2.ColumnDeclaration(
                column=each.path,
                title_zh=each.title_zh,
                title_en=each.title_en,
                sensitivity=each.sensitivity,  # type: ignore[arg-type]  # enum number
                also_in=each.also_in,
            )
            for each in form.columns.values()
        ],
    )


async def keep_declared(documents: Documents, declarations: access_pb2.Declarations) -> None:
    """Keeps the declarations in the bucket for ever, also when the broker loses its store."""
    key, data = DECLARATIONS_PREFIX + declarations.service, declarations.SerializeToString(deterministic=True)
    while True:
        if await documents.stored(key) != data:
            await documents.put(key, data)
        await asyncio.sleep(_LOOK_AGAIN)
