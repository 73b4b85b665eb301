"""Tiles of the demo branch, in front of a far side that keeps what it is given."""

import json
from typing import Any

import httpx
from crm.support.v1 import systems_pb2 as pb
from google.protobuf import json_format

from demo_branch.administrator import Administrator
from demo_branch.older_systems import set_tiles
from support.domain.external_system import check_system
from support.rpc.systems_messages import read_system

ADDRESSES = ["http://localhost:8087", "http://localhost:8088", "http://localhost:8089"]


class Portal:
    """Keeps systems as support does, in the contract's JSON."""

    def __init__(self, *known: str) -> None:
        self.systems: list[dict[str, Any]] = [{"code": code} for code in known]
        self.headers: list[tuple[str, str]] = []

    def answer(self, request: httpx.Request) -> httpx.Response:
        self.headers.append((request.headers["x-csrf-token"], request.headers["origin"]))
        if request.url.path.endswith("/ListSystems"):
            return httpx.Response(200, json={"systems": self.systems})
        self.systems.append(json.loads(request.content)["system"])
        return httpx.Response(200, json={})

    def administrator(self) -> Administrator:
        http = httpx.Client(base_url="http://localhost:8080", transport=httpx.MockTransport(self.answer))
        return Administrator(http, "csrf")


def test_what_is_missing_is_set_once_and_what_is_there_stays() -> None:
    portal, said = Portal("billing"), list[str]()
    administrator = portal.administrator()
    with administrator.http:
        assert set_tiles(administrator, ADDRESSES, said.append) == 2
        assert set_tiles(administrator, ADDRESSES, said.append) == 0
    assert [system["code"] for system in portal.systems] == ["billing", "resources", "complaints"]
    assert portal.systems[0] == {"code": "billing"}
    assert set(portal.headers) == {("csrf", "http://localhost:8080")}
    assert said == ["older systems: 2 tiles set, 1 were there", "older systems: 0 tiles set, 3 were there"]


def test_support_takes_them_as_they_are() -> None:
    portal = Portal()
    administrator = portal.administrator()
    with administrator.http:
        set_tiles(administrator, ADDRESSES, lambda _: None)
    for system in portal.systems:
        read = read_system(json_format.ParseDict(system, pb.ExternalSystem()))
        check_system(read, "localhost")
        assert read.shown_to(frozenset({"seat_manager"}))
        assert not read.shown_to(frozenset({"administrator"}))
