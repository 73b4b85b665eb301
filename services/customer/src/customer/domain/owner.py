"""Who is answerable, and why."""

from dataclasses import dataclass
from enum import StrEnum


class Reason(StrEnum):
    """Why somebody was found, or nobody."""

    BY_SUBSCRIBER_NUMBER = "BY_SUBSCRIBER_NUMBER"
    BY_ACCOUNT_NUMBER = "BY_ACCOUNT_NUMBER"
    BY_CUSTOMER_NUMBER = "BY_CUSTOMER_NUMBER"
    BY_ADDRESS = "BY_ADDRESS"
    BY_COMMUNITY = "BY_COMMUNITY"
    NOT_FOUND = "NOT_FOUND"
    AMBIGUOUS = "AMBIGUOUS"


@dataclass(frozen=True)
class OwnerQuery:
    """What is known of whoever is looked for."""

    subscriber_number: str = ""
    account_number: str = ""
    customer_number: str = ""
    address: str = ""
    community: str = ""


@dataclass(frozen=True)
class Candidate:
    """A customer that fits, or a place alone."""

    owner_number: str
    seat_number: str = ""
    customer_id: str = ""
    customer_name: str = ""
    bureau_id: str = ""
    community_id: str = ""


@dataclass(frozen=True)
class OwnerMatch:
    """The answer to one query."""

    reason: Reason
    matched: str = ""
    found: Candidate | None = None


NOBODY = OwnerMatch(Reason.NOT_FOUND)


def decided(reason: Reason, matched: str, candidates: list[Candidate]) -> OwnerMatch:
    """Answers the one owner of all candidates; several owners leave it open, but the place may still be known."""
    if not candidates:
        return NOBODY
    if len(candidates) == 1:
        return OwnerMatch(reason, matched, candidates[0])
    bureau = _shared({candidate.bureau_id for candidate in candidates})
    community = _shared({candidate.community_id for candidate in candidates})
    owner = _shared({candidate.owner_number for candidate in candidates})
    seat = _shared({candidate.seat_number for candidate in candidates})
    place = Candidate(owner, seat if owner else "", bureau_id=bureau, community_id=community)
    return OwnerMatch(reason if owner else Reason.AMBIGUOUS, matched, place)


def first_of(matches: list[OwnerMatch]) -> OwnerMatch:
    """Answers the first match that names an owner, else the first that at least is ambiguous, else nobody."""
    for match in matches:
        if match.found is not None and match.found.owner_number:
            return match
    return next((match for match in matches if match.reason == Reason.AMBIGUOUS), NOBODY)


def _shared(values: set[str]) -> str:
    return next(iter(values)) if len(values) == 1 else ""
