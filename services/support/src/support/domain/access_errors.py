"""Refusals around access: policies, approvals, disclosures.

SupportRefusal
├── PolicyUnknown        NOT_FOUND             there is no such policy, or the caller has no draft
├── DraftChanged         STALE_VERSION         the draft was saved since the caller read it
├── DraftExists          DRAFT_EXISTS          the caller's draft would be overwritten
├── PolicyMoved          POLICY_MOVED          another policy took effect since this one was made
├── PolicyUnchanged      POLICY_UNCHANGED      nothing differs from the policy in force
├── LastAdministrator    LAST_ADMINISTRATOR    nobody could change roles any more
├── ApprovalUnknown      NOT_FOUND             there is no such approval within reach
├── OwnApproval          OWN_APPROVAL          nobody decides what they asked for
├── AlreadyDecided       ALREADY_DECIDED       somebody was faster
├── RequesterMayNot      REQUESTER_MAY_NOT     who asked has lost the right meanwhile
├── DisclosureDenied     DISCLOSURE_DENIED     no rule lets the person see or take this out
├── ApprovalAwaited      APPROVAL_AWAITED      a second person must agree first; asked again afterwards it goes on
├── ExportRefused        EXPORT_REFUSED        the second person said no
└── UnmaskLimitReached   UNMASK_LIMIT_REACHED  enough for today
"""

from support.domain.errors import SupportRefusal


class PolicyUnknown(SupportRefusal):
    """There is no such policy, or the caller has no draft."""

    reason = "NOT_FOUND"
    kind = "not_found"


class DraftChanged(SupportRefusal):
    """The draft was saved since the caller read it."""

    reason = "STALE_VERSION"
    kind = "stale"


class DraftExists(SupportRefusal):
    """The caller has a draft that would be lost."""

    reason = "DRAFT_EXISTS"
    kind = "exists"


class PolicyMoved(SupportRefusal):
    """Another policy took effect since this one was made; what it changed would be lost."""

    reason = "POLICY_MOVED"


class PolicyUnchanged(SupportRefusal):
    """The draft says what is in force already."""

    reason = "POLICY_UNCHANGED"


class LastAdministrator(SupportRefusal):
    """Nobody who works here could change roles any more."""

    reason = "LAST_ADMINISTRATOR"


class ApprovalUnknown(SupportRefusal):
    """There is no such approval, or it is not the caller's to know of."""

    reason = "NOT_FOUND"
    kind = "not_found"


class OwnApproval(SupportRefusal):
    """Nobody decides what they asked for themselves, not even as a stand-in."""

    reason = "OWN_APPROVAL"
    kind = "denied"


class AlreadyDecided(SupportRefusal):
    """Somebody has decided it."""

    reason = "ALREADY_DECIDED"


class RequesterMayNot(SupportRefusal):
    """Who asked for the rows may not take them out any more."""

    reason = "REQUESTER_MAY_NOT"


class DisclosureDenied(SupportRefusal):
    """No rule lets the person see the value in full or take the rows out."""

    reason = "DISCLOSURE_DENIED"
    kind = "denied"


class UnmaskLimitReached(SupportRefusal):
    """The person has seen as many values in full today as anybody may."""

    reason = "UNMASK_LIMIT_REACHED"
    kind = "exhausted"


class ApprovalAwaited(SupportRefusal):
    """A second person must agree first; the same export asked for again afterwards goes on."""

    reason = "APPROVAL_AWAITED"


class ExportRefused(SupportRefusal):
    """The second person said no to this export today."""

    reason = "EXPORT_REFUSED"
