"""Pairs of the demo branch (双层维系): every customer manager with the seat manager who keeps the same customers by telephone."""

from collections.abc import Callable, Iterator
from typing import Final

from demo_branch.administrator import Administrator
from demo_branch.people import bureau_codes, community_codes, managers_of, seats_of

_SERVICE: Final = "crm.support.v1.OrganisationService"


def pairs() -> Iterator[tuple[str, str]]:
    """Yield seat manager and customer manager: the first of a community with the first of its bureau, the second with the second."""
    bureaus = bureau_codes()
    for place, community in enumerate(community_codes()):
        yield from zip(seats_of(bureaus.index(community.split("-")[0])), managers_of(place), strict=True)


def set_pairs(administrator: Administrator, say: Callable[[str], None]) -> int:
    """Make what is missing, from today on; a pair that an administrator has ended stays ended."""
    listed = administrator.call(f"{_SERVICE}/ListPairs", {"ended": True}).get("pairs", [])
    known = {(pair["seatNumber"], pair["managerNumber"]) for pair in listed}
    missing = [pair for pair in pairs() if pair not in known]
    for seat, manager in missing:
        administrator.call(f"{_SERVICE}/SetPair", {"pair": {"seatNumber": seat, "managerNumber": manager}})
    say(f"pairs of seat and customer managers: {len(missing)} made, {len(known)} were there")
    return len(missing)
