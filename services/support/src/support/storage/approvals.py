"""What waits for a second person, and what was decided; who is absent and for whom somebody stands in."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Row, false, func, insert, select, update

from chassis.database import Unit as Work
from chassis.paging import Page
from support.domain.approval import Approval, ApprovalKind, ApprovalState
from support.storage.access_tables import approvals
from support.storage.organisation_tables import stand_ins


def add(work: Work, approval: Approval) -> None:
    """Add an approval that waits."""
    work.session.execute(
        insert(approvals).values(
            id=approval.id,
            kind=str(approval.kind),
            subject_id=approval.subject_id,
            form=approval.form,
            summary=approval.summary,
            requested_by=approval.requested_by,
            requested_name=approval.requested_name,
            requested_at=approval.requested_at,
            bureau_id=approval.bureau_id or None,
            community_id=approval.community_id or None,
            state=str(approval.state),
        )
    )


def by_id(work: Work, approval_id: str, *, lock: bool = False) -> Approval | None:
    """Answer an approval; locked, nobody else decides it until this unit ends."""
    question = select(approvals).where(approvals.c.id == approval_id)
    row = work.session.execute(question.with_for_update() if lock else question).first()
    return _approval(row) if row is not None else None


def of_subject(work: Work, subject_id: str) -> Approval | None:
    """Answer the approval asked for a policy or an export."""
    row = work.session.execute(select(approvals).where(approvals.c.subject_id == subject_id)).first()
    return _approval(row) if row is not None else None


def waiting(work: Work, kind: ApprovalKind) -> list[Approval]:
    """Answer what of a kind waits."""
    asked = select(approvals).where(approvals.c.kind == str(kind), approvals.c.state == str(ApprovalState.WAITING))
    return [_approval(row) for row in work.session.execute(asked.order_by(approvals.c.id))]


def decide(work: Work, approval: Approval) -> None:
    """Write what was decided."""
    work.session.execute(
        update(approvals)
        .where(approvals.c.id == approval.id)
        .values(
            state=str(approval.state),
            decided_by=approval.decided_by,
            decided_for=approval.decided_for or None,
            decided_at=approval.decided_at,
            remark=approval.remark or None,
        )
    )


def list_approvals(
    work: Work, within: ColumnElement[bool], state: ApprovalState | None, page: Page
) -> tuple[list[Approval], int | None]:
    """Answer a page, newest first, one more than asked for when there are more, and the total when wanted."""
    conditions = [within]
    if state is not None:
        conditions.append(approvals.c.state == str(state))
    total = None
    if page.with_total:
        total = work.session.execute(select(func.count()).select_from(approvals).where(*conditions)).scalar_one()
    if page.after is not None:
        conditions.append(approvals.c.id < str(page.after[0]))
    rows = work.session.execute(
        select(approvals).where(*conditions).order_by(approvals.c.id.desc()).limit(page.size + 1)
    )
    return [_approval(row) for row in rows], total


def move_units(work: Work, moved: Mapping[str, str]) -> None:
    """Let what was asked for in a bureau that goes up in another belong to the other."""
    for old, new in moved.items():
        work.session.execute(update(approvals).where(approvals.c.bureau_id == old).values(bureau_id=new))


def absent_today(work: Work, stand_in: str, on: date) -> list[str]:
    """Answer the colleagues somebody stands in for on a day."""
    return list(
        work.session.execute(
            select(stand_ins.c.absent_number)
            .where(
                stand_ins.c.stand_in_number == stand_in,
                stand_ins.c.cancelled == false(),
                stand_ins.c.valid_from <= on,
                stand_ins.c.valid_to >= on,
            )
            .order_by(stand_ins.c.absent_number)
        ).scalars()
    )


def _approval(row: Row[Any]) -> Approval:
    return Approval(
        id=row.id,
        kind=ApprovalKind(row.kind),
        subject_id=row.subject_id,
        form=row.form,
        summary=row.summary,
        requested_by=row.requested_by,
        requested_name=row.requested_name,
        requested_at=row.requested_at,
        state=ApprovalState(row.state),
        bureau_id=row.bureau_id or "",
        community_id=row.community_id or "",
        decided_by=row.decided_by or "",
        decided_for=row.decided_for or "",
        decided_at=row.decided_at,
        remark=row.remark or "",
    )
