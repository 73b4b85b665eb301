"""The parameters that all services declare, read from the settings bucket."""

import json
from collections.abc import Callable, Mapping

from crm.common.v1 import access_pb2

from chassis.declarations import DECLARATIONS_PREFIX
from support.declared_forms import Bucket, declared_forms
from support.domain.extra_fields import COLUMN, ExtraField
from support.domain.parameters import Declared


def declared_parameters(bucket: Bucket) -> dict[str, Declared]:
    """Answer every parameter by key, in the order of groups and keys."""
    found: dict[str, Declared] = {}
    for key in sorted(bucket.keys(DECLARATIONS_PREFIX)):
        declarations = access_pb2.Declarations.FromString(bucket.get(key) or b"")
        for each in declarations.parameters:
            # A service that comes later cannot take over another one's key.
            found.setdefault(each.key, _declared(declarations.service, each))
    return {each.key: each for each in sorted(found.values(), key=lambda each: (each.group, each.key))}


def forms_with_extra(bucket: Bucket) -> list[str]:
    """Answer the forms that the branch may add fields to: those whose record has a place for them."""
    return [form.name for form in declared_forms(bucket) if any(each.column == COLUMN for each in form.columns)]


def known_columns(bucket: Bucket, extra: list[ExtraField]) -> Callable[[str], bool]:
    """Answer the test whether `form/column` is a column that somebody declares or the branch has added."""
    # What is published of added fields may be a moment old: those come from the database.
    added = f"{COLUMN}."
    declared = ((form.name, each.column) for form in declared_forms(bucket) for each in form.columns)
    known = {f"{form}/{column}" for form, column in declared if not column.startswith(added)}
    known |= {f"{field.form}/{field.column}" for field in extra}
    return known.__contains__


def _declared(service: str, each: access_pb2.ParameterDeclaration) -> Declared:
    schema: Mapping[str, object] = json.loads(each.schema_json or "{}")
    return Declared(
        key=each.key,
        service=service,
        schema_json=each.schema_json,
        default_json=each.default_json,
        group=each.group,
        levels=tuple(each.levels),
        columns=tuple(each.columns),
        title=str(schema.get("title", each.key)),
    )
