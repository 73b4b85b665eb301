"""Rows of our own taken out as a file in one answer: authorised like every other export, before anything leaves."""

import uuid
from dataclasses import dataclass

from chassis.clock import business_day
from chassis.database import Unit as Work
from chassis.rights import RowFacts
from support.actions.disclosures import Asked, authorise_disclosure
from support.actions.newest_rules import Frame
from support.domain.access_errors import ApprovalAwaited, ExportRefused
from support.domain.approval import ApprovalState
from support.domain.disclosure import DisclosureKind
from support.storage import approvals


@dataclass(frozen=True, slots=True)
class TakingOut:
    """What the caller wants to take out."""

    form: str
    label: str
    filter_json: str
    rows: int
    reason: str


def authorise_taking_out(work: Work, wanted: TakingOut, frame: Frame) -> str:
    """Answer nothing where rows may leave now, having recorded it; else the state of the approval they wait for.

    The same rows asked for again on the same day are the same export: so a repetition after the approval goes on.
    """
    today = business_day(work.now(), frame.zone)
    export_id = str(uuid.uuid5(uuid.NAMESPACE_URL, f"{wanted.form}/{work.actor.id}/{wanted.filter_json}/{today}"))
    authorised = authorise_disclosure(
        work,
        Asked(
            kind=DisclosureKind.EXPORT,
            staff_number=work.actor.id,
            form=wanted.form,
            record_id=export_id,
            record_label=wanted.label,
            column="",
            reason=wanted.reason,
            facts=RowFacts(),
            rows=wanted.rows,
            filter_json=wanted.filter_json,
            ip=work.actor.ip,
        ),
        frame,
    )
    if authorised.granted:
        return ""
    waiting = approvals.of_subject(work, export_id)
    return str(waiting.state) if waiting is not None else str(ApprovalState.WAITING)


def refuse_unless_agreed(state: str, wanted: TakingOut) -> None:
    """Refuse an export that waits or was refused. Not inside the transaction: the approval that was asked for must stay."""
    if state == ApprovalState.REFUSED:
        raise ExportRefused(form=wanted.form)
    if state:
        raise ApprovalAwaited(form=wanted.form, rows=str(wanted.rows))
