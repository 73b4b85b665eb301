"""Stays in the portal."""

from datetime import datetime

from sqlalchemy import and_, func, insert, or_, select, update

from chassis.database import Unit as Work
from chassis.paging import Page
from support.domain.sign_in import SignIn
from support.storage.staff_reach import person_within
from support.storage.tables import sign_ins

FORM = "support.sign_in"


def write(work: Work, session_id: str, values: dict[str, object], *, if_new: dict[str, object]) -> None:
    """Set values of a stay; one that is not there yet appears with `if_new` besides.

    The end may arrive before the beginning: they are two subjects, each in order only for itself.
    """
    known = work.session.execute(select(sign_ins.c.id).where(sign_ins.c.id == session_id)).first()
    if known is None:
        work.session.execute(insert(sign_ins).values(id=session_id, **if_new, **values))
    else:
        work.session.execute(update(sign_ins).where(sign_ins.c.id == session_id).values(**values))


def where_from(work: Work, session_id: str) -> tuple[str, str, str]:
    """Answer the name, address and browser of a stay; empty while its beginning is not known."""
    question = select(sign_ins.c.name, sign_ins.c.ip, sign_ins.c.user_agent).where(sign_ins.c.id == session_id)
    row = work.session.execute(question).first()
    return (row.name or "", row.ip or "", row.user_agent or "") if row is not None else ("", "", "")


def list_sign_ins(work: Work, *, staff_number: str, page: Page) -> tuple[list[SignIn], int | None]:
    """Answer a page, newest first, one more than asked for when there are more, and the total when wanted.

    A stay lies where the person belongs now; that of a number nobody has, such as a mistyped one, is seen with all of them.
    """
    conditions = [person_within(work, sign_ins.c.staff_number, FORM)]
    if staff_number:
        conditions.append(sign_ins.c.staff_number == staff_number)
    total = None
    if page.with_total:
        total = work.session.execute(select(func.count()).select_from(sign_ins).where(*conditions)).scalar_one()
    if page.after is not None:
        at, last = datetime.fromisoformat(str(page.after[0])), str(page.after[1])
        conditions.append(or_(sign_ins.c.signed_in_at < at, and_(sign_ins.c.signed_in_at == at, sign_ins.c.id < last)))
    rows = work.session.execute(
        select(sign_ins)
        .where(*conditions)
        .order_by(sign_ins.c.signed_in_at.desc(), sign_ins.c.id.desc())
        .limit(page.size + 1)
    )
    return [
        SignIn(
            id=row.id,
            staff_number=row.staff_number,
            name=row.name or "",
            ip=row.ip or "",
            user_agent=row.user_agent or "",
            signed_in_at=row.signed_in_at,
            signed_out_at=row.signed_out_at,
            ended_by=row.ended_by or "",
        )
        for row in rows
    ], total
