"""The access rules."""

from collections.abc import Iterable

from sqlalchemy import delete, insert, select

from chassis.database import Unit as Work
from support.domain.grants import Action, Grant, Scope
from support.storage.tables import grants

DEFAULT = "default"


def all_grants(work: Work, roles: Iterable[str] | None = None) -> list[Grant]:
    """Answer every rule, or those of some roles."""
    question = select(grants).order_by(grants.c.role, grants.c.form, grants.c.action, grants.c.scope)
    if roles is not None:
        question = question.where(grants.c.role.in_(sorted(roles)))
    return [Grant(row.role, row.form, Action(row.action), Scope(row.scope)) for row in work.session.execute(question)]


def replace_defaults(work: Work, wanted: Iterable[Grant]) -> bool:
    """Make the default rules be these; answers whether anything changed. Rules made by a person stay."""
    rows = work.session.execute(select(grants)).all()
    have = {(row.role, row.form, row.action, row.scope) for row in rows if row.origin == DEFAULT}
    by_hand = {(row.role, row.form, row.action, row.scope) for row in rows if row.origin != DEFAULT}
    want = {(grant.role, grant.form, str(grant.action), str(grant.scope)) for grant in wanted} - by_hand
    if have == want:
        return False
    work.session.execute(delete(grants).where(grants.c.origin == DEFAULT))
    names = ("role", "form", "action", "scope")
    work.session.execute(
        insert(grants), [dict(zip(names, row, strict=True)) | {"origin": DEFAULT} for row in sorted(want)]
    )
    return True
