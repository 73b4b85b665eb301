"""Policies: the one in force, its older versions, drafts."""

from typing import Any

from sqlalchemy import ColumnElement, Row, delete, func, insert, select, update

from chassis.database import Unit as Work
from chassis.paging import Page
from support.domain.policy import Policy, PolicyState, from_text, to_text
from support.storage.access_tables import policies

_HEAD = [column for column in policies.c if column.name not in {"roles", "product"}]


def newest_edition(work: Work) -> int:
    """Answer the edition in force; 0 before the first start."""
    return work.session.execute(select(func.max(policies.c.edition))).scalar() or 0


def in_force(work: Work) -> Policy | None:
    """Answer the policy in force, or None before the first start."""
    newest = select(func.max(policies.c.edition)).scalar_subquery()
    return _one(work, policies.c.edition == newest)


def by_id(work: Work, policy_id: str) -> Policy | None:
    """Answer a policy by its id, whatever its state."""
    return _one(work, policies.c.id == policy_id)


def draft_of(work: Work, author: str) -> Policy | None:
    """Answer somebody's draft."""
    return _one(work, policies.c.draft_of == author)


def carried(work: Work) -> Policy | None:
    """Answer the rules made by hand before there were policies, while they wait for the first start."""
    return _one(work, policies.c.state == str(PolicyState.CARRIED))


def list_versions(work: Work, page: Page) -> tuple[list[Policy], int | None]:
    """Answer a page of published policies, newest first and without roles, one more when there are more."""
    conditions: list[ColumnElement[bool]] = [policies.c.state == str(PolicyState.PUBLISHED)]
    total = None
    if page.with_total:
        total = work.session.execute(select(func.count()).select_from(policies).where(*conditions)).scalar_one()
    if page.after is not None:
        conditions.append(policies.c.edition < int(page.after[0]))
    rows = work.session.execute(
        select(*_HEAD).where(*conditions).order_by(policies.c.edition.desc()).limit(page.size + 1)
    )
    return [_policy(row) for row in rows], total


def add(work: Work, policy: Policy) -> None:
    """Add a policy."""
    work.session.execute(insert(policies).values(id=policy.id, author=policy.author, **_values(policy)))


def change(work: Work, policy: Policy, seen: int) -> bool:
    """Write a policy if it still has the version seen."""
    done = work.session.execute(
        update(policies).where(policies.c.id == policy.id, policies.c.version == seen).values(**_values(policy))
    )
    return done.rowcount == 1  # pyright: ignore[reportAttributeAccessIssue, reportUnknownVariableType] - an UPDATE answers a cursor


def remove(work: Work, policy_id: str) -> None:
    """Remove a draft."""
    work.session.execute(delete(policies).where(policies.c.id == policy_id))


def _one(work: Work, *conditions: ColumnElement[bool]) -> Policy | None:
    row = work.session.execute(select(policies).where(*conditions)).first()
    return _policy(row, row.roles, row.product) if row is not None else None


def _policy(row: Row[Any], roles: str = "[]", product: str = "[]") -> Policy:
    return Policy(
        id=row.id,
        state=PolicyState(row.state),
        author=row.author,
        at=row.saved_at,
        edition=row.edition or 0,
        version=row.version,
        base=row.base_edition,
        note=row.note or "",
        approver=row.approver or "",
        roles=from_text(roles),
        product=from_text(product),
    )


def _values(policy: Policy) -> dict[str, object]:
    return {
        "edition": policy.edition or None,
        "base_edition": policy.base,
        "version": policy.version,
        "state": str(policy.state),
        "draft_of": policy.author if policy.state == PolicyState.DRAFT else None,
        "approver": policy.approver or None,
        "note": policy.note or None,
        "saved_at": policy.at,
        "roles": to_text(policy.roles),
        "product": to_text(policy.product),
    }
