"""What is announced of approvals."""

from crm.support.v1 import access_events_pb2 as pb

from chassis.database import Outgoing
from support.domain.approval import ApprovalDecided, ApprovalState
from support.messaging.publish import PACKERS

DECIDED = "crm.support.approval.decided.v1"


def pack_decided(event: ApprovalDecided) -> Outgoing:
    """Answer the event as it leaves."""
    approval = event.approval
    message = pb.ApprovalDecided(
        approval_id=approval.id,
        kind=str(approval.kind),
        subject_id=approval.subject_id,
        form=approval.form,
        approved=approval.state == ApprovalState.APPROVED,
        decided_by=approval.decided_by,
        decided_by_name=event.decided_by_name,
        comment=approval.remark,
    )
    if approval.decided_at is not None:
        message.at.FromDatetime(approval.decided_at)
    return Outgoing(DECIDED, message.SerializeToString(), DECIDED, approval.id)


PACKERS[ApprovalDecided] = pack_decided
