"""Policies on an administrator's desk: drafted, handed in, and what is left of them in the database."""

from collections.abc import Callable
from typing import Any

import pytest
from crm.common.v1 import access_pb2
from sqlalchemy import func, select

from chassis.database import Database, Unit
from chassis.errors import is_refusal
from support import rules_document
from support.actions.newest_rules import Frame
from support.actions.policies import PolicyView, save_policy_draft, submit_policy
from support.declared_forms import known_forms
from support.domain.grants import Action, Right, Scope
from support.domain.policy import Assignment, HolderKind, Role, Roles, Rule, default_roles
from support.storage import documents, policies
from support.storage.access_tables import approvals as approvals_table
from support.storage.access_tables import policies as policies_table
from support.storage.schema import plumbing
from tests.support.access_branch import B01, actor, bucket, frame

FORMS = known_forms(bucket())
FRAME, ALONE = frame(FORMS), frame(FORMS, second_administrator=False)
ADMIN, SECOND = actor("admin"), actor("second")
NEW_ROLE = Role(
    "visitor",
    "访客",
    "Visitor",
    rules=(Rule("", "customer.customer", (Action.SEE,), Scope.UNITS, (B01,), columns=(("phone", Right.READ),)),),
    assignments=(Assignment(HolderKind.PERSON, "m002"),),
)


def wanted(*more: Role) -> Roles:
    return (*default_roles(), *more)


def drafted(branch: Database, *more: Role, who: Any = ADMIN, version: int = 0, note: str = "why") -> PolicyView:
    return branch.run_sync(who, save_policy_draft, version, wanted(*more), note, FRAME)


def submitted(branch: Database, *more: Role, who: Any = ADMIN, limits: Frame = FRAME) -> PolicyView:
    draft = drafted(branch, *(more or (NEW_ROLE,)), who=who)
    return branch.run_sync(who, submit_policy, draft.policy.version, limits)


def approval_of(branch: Database, view: PolicyView) -> str:
    question = select(approvals_table.c.id).where(approvals_table.c.subject_id == view.policy.id)
    with branch.engine.connect() as connection:
        return connection.execute(question).scalar_one()


def refused(branch: Database, who: Any, action: Callable[..., Any], *args: Any) -> tuple[str, dict[str, str]]:
    with pytest.raises(Exception) as caught:  # noqa: PT011  what it is, is asserted on the next line
        branch.run_sync(who, action, *args)
    assert is_refusal(caught.value), caught.value
    return caught.value.reason, caught.value.data


def counts(branch: Database) -> tuple[int, ...]:
    with branch.engine.connect() as connection:
        return tuple(
            connection.execute(select(func.count()).select_from(table)).scalar_one()
            for table in (policies_table, approvals_table, plumbing.outbox, plumbing.changes)
        )


def history(branch: Database, record_id: str) -> list[tuple[str, str | None, str | None, str]]:
    changes = plumbing.changes.c
    question = select(changes.field, changes.old_value, changes.new_value, changes.actor_id)
    with branch.engine.connect() as connection:
        rows = connection.execute(question.where(changes.record_id == record_id).order_by(changes.id))
        return [tuple(row) for row in rows]


def document(branch: Database) -> access_pb2.GrantsDocument:
    def found(work: Unit) -> access_pb2.GrantsDocument:
        force = policies.in_force(work)
        return rules_document.document(force.roles if force else (), documents.version(work, documents.GRANTS))

    return branch.run_sync(ADMIN, found)
