"""Policies → the document every service goes by, and single rules ↔ the contract's words for them."""

from collections.abc import Iterable

from crm.common.v1 import access_pb2
from crm.support.v1 import support_pb2

from support import packing
from support.domain.grants import Action, Right, Scope
from support.domain.organisation import Unit
from support.domain.policy import Assignment, HolderKind, Role, Roles, Rule, default_roles

ACTIONS = {action: access_pb2.Action.Value(f"ACTION_{action.name}") for action in Action}
SCOPES = {scope: access_pb2.RowScope.Value(f"ROW_SCOPE_{scope.name}") for scope in Scope}
RIGHTS = {right: access_pb2.ColumnRight.Value(f"COLUMN_RIGHT_{right.name}") for right in Right}


def document(roles: Roles, version: int = 0) -> access_pb2.GrantsDocument:
    """Answer the document of a policy."""
    return access_pb2.GrantsDocument(
        version=version,
        grants=[grant(role, rule) for role in roles for rule in role.rules],
        assignments=[assignment(role, each) for role in roles for each in role.assignments],
    )


def default_document() -> access_pb2.GrantsDocument:
    """Answer the document of the policy that the product delivers: for tests of other services too."""
    return document(default_roles())


def tree(units: Iterable[Unit]) -> support_pb2.UnitsDocument:
    """Answer the tree of units that rules are read with."""
    return support_pb2.UnitsDocument(units=[packing.unit(unit) for unit in units])


def grant(role: Role, rule: Rule) -> access_pb2.Grant:
    """Pack a rule."""
    return access_pb2.Grant(
        role=role.name,
        form=rule.form,
        actions=[ACTIONS[action] for action in rule.actions],
        scope=SCOPES[rule.scope],
        id=rule.id,
        unit_ids=rule.unit_ids,
        refuse=rule.refuse,
        columns=[access_pb2.ColumnRule(column=column, right=RIGHTS[right]) for column, right in rule.columns],
        other_columns=RIGHTS[rule.other_columns] if rule.other_columns else access_pb2.COLUMN_RIGHT_UNSPECIFIED,
    )


def assignment(role: Role, each: Assignment) -> access_pb2.RoleAssignment:
    """Pack who holds a role."""
    packed = access_pb2.RoleAssignment(role=role.name, valid_from=each.valid_from, valid_to=each.valid_to)
    match each.kind:
        case HolderKind.POSITION:
            packed.position = each.holder
        case HolderKind.UNIT:
            packed.unit_id = each.holder
        case HolderKind.PERSON:
            packed.staff_number = each.holder
    return packed
