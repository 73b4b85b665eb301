"""Pairs of the demo branch, in front of a far side that keeps what it is given."""

from datetime import date
from typing import Any

import httpx
from crm.support.v1 import organisation_pb2 as pb
from google.protobuf import json_format

from demo_branch.administrator import Administrator
from demo_branch.customers import MANAGER_COUNT, customer_at
from demo_branch.pairs import pairs, set_pairs
from demo_branch.people import staff
from support.domain.organisation import Person
from support.domain.pairs import Pair, check_pair

TODAY = date(2026, 11, 22)


class Portal:
    """Keeps pairs as support does, in the contract's JSON."""

    def __init__(self, *known: dict[str, Any]) -> None:
        self.pairs = list(known)

    def answer(self, request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/ListPairs"):
            asked = json_format.Parse(request.content, pb.ListPairsRequest())
            return httpx.Response(200, json={"pairs": self.pairs if asked.ended else []})
        made = json_format.Parse(request.content, pb.SetPairRequest()).pair
        self.pairs.append(json_format.MessageToDict(made))
        return httpx.Response(200, json={})


def test_every_manager_has_one_and_what_is_there_stays() -> None:
    ended = {"seatNumber": "z01", "managerNumber": "m001", "validTo": "2026-01-31"}
    portal, said = Portal(ended), list[str]()
    with httpx.Client(base_url="http://localhost:8080", transport=httpx.MockTransport(portal.answer)) as http:
        administrator = Administrator(http, "csrf")
        assert set_pairs(administrator, said.append) == MANAGER_COUNT - 1
        assert set_pairs(administrator, said.append) == 0
    assert portal.pairs[0] == ended
    assert len({pair["managerNumber"] for pair in portal.pairs}) == len(portal.pairs) == MANAGER_COUNT
    assert said == [
        "pairs of seat and customer managers: 119 made, 1 were there",
        "pairs of seat and customer managers: 0 made, 120 were there",
    ]


def test_support_takes_them_as_they_are() -> None:
    people = {
        one.number: Person(one.number, one.number, one.name, one.phone, "", (), one.roles, valid_from=TODAY)
        for one in staff()
    }
    made: list[Pair] = []
    for seat, manager in pairs():
        pair = Pair(f"{seat}{manager}", seat, manager, TODAY, None)
        check_pair(pair, people.get(seat), people.get(manager), made)
        made.append(pair)


def test_customers_are_kept_by_a_pair() -> None:
    known = set(pairs())
    rows = [customer_at(place, today=TODAY).customer for place in range(2 * MANAGER_COUNT)]
    kept = {(row.seat_number, row.owner_number) for row in rows if row.seat_number}
    assert len(kept) > 20
    assert kept <= known
