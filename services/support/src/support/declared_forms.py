"""The forms that all services declare, read from the settings bucket."""

from collections import defaultdict
from collections.abc import Mapping
from typing import Protocol

from crm.common.v1 import access_pb2
from crm.support.v1 import parameters_pb2

from chassis.declarations import DECLARATIONS_PREFIX
from support.domain.extra_fields import COLUMN
from support.domain.grants import Action
from support.domain.policy import default_roles
from support.domain.policy_check import Form
from support.rules_document import ACTIONS
from support.storage.extra_fields import DOCUMENT as EXTRA_FIELDS

_WORDS = {number: action for action, number in ACTIONS.items()}


class Bucket(Protocol):
    """Where the published documents are held in memory."""

    def get(self, key: str, /) -> bytes | None:
        """Answer the newest bytes of a document, or None."""
        ...

    def keys(self, prefix: str = "") -> list[str]:
        """Answer the keys that begin with a prefix."""
        ...


def declared_forms(bucket: Bucket) -> list[access_pb2.FormDeclaration]:
    """Answer every form by name, with every action that its service asks for or the product's own rules speak of."""
    found: dict[str, access_pb2.FormDeclaration] = {}
    for key in sorted(bucket.keys(DECLARATIONS_PREFIX)):
        declarations = access_pb2.Declarations.FromString(bucket.get(key) or b"")
        found |= {form.name: form for form in declarations.forms}
    # Some actions no call asks for by its contract alone, such as agreeing to an export; and on the very first start a
    # service may not have spoken yet.
    for form, actions in _spoken_of().items():
        known = found.setdefault(form, access_pb2.FormDeclaration(name=form))
        together = sorted({*known.actions, *(ACTIONS[action] for action in actions)})
        del known.actions[:]
        known.actions.extend(together)
    for field in parameters_pb2.ExtraFieldsDocument.FromString(bucket.get(EXTRA_FIELDS) or b"").fields:
        if field.form in found:
            found[field.form].columns.add(
                column=f"{COLUMN}.{field.name}", title_zh=field.title_zh, title_en=field.title_en
            )
    return [found[name] for name in sorted(found)]


def known_forms(bucket: Bucket) -> dict[str, Form]:
    """Answer the same as rules are checked against it."""
    columns: defaultdict[str, dict[str, bool]] = defaultdict(dict)
    for role in default_roles():
        for rule in role.rules:
            columns[rule.form] |= {column: True for column, _ in rule.columns}
    return {form.name: _known(form, columns[form.name]) for form in declared_forms(bucket)}


def _known(form: access_pb2.FormDeclaration, spoken_of: Mapping[str, bool]) -> Form:
    declared = {each.column: bool(each.sensitivity) for each in form.columns}
    actions = frozenset(_WORDS[number] for number in form.actions if number in _WORDS)
    return Form(form.name, actions, declared or dict(spoken_of))


def _spoken_of() -> dict[str, set[Action]]:
    found: defaultdict[str, set[Action]] = defaultdict(set)
    for role in default_roles():
        for rule in role.rules:
            found[rule.form].update(rule.actions)
    return found
