"""Older systems over a real channel, with real rows and the real form of an older system behind it."""

import contextlib
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
from crm.support.v1 import systems_events_pb2 as events
from crm.support.v1 import systems_pb2 as pb
from crm.support.v1 import systems_pb2_grpc
from google.rpc import error_details_pb2
from grpc import aio
from grpc_status import rpc_status
from sqlalchemy import LargeBinary, select
from structlog.testing import capture_logs

from chassis.access import GRANTS_KEY, AccessBook
from chassis.clock import FixedClock
from chassis.database import Database
from chassis.identity import TokenVerifier
from chassis.interceptors import Gatekeeper, Interceptor
from support import rules_document
from support.messaging.publish import encode
from support.messaging.systems import OPENED
from support.rpc.systems_servicer import SystemServicer
from support.storage.schema import metadata, plumbing
from support.storage.systems_tables import credentials
from tests.chassis.issuer import ISSUER, Issuer, serving
from tests.support.branch import NOON
from tests.support.older_site import HOST, PASSWORD, Site, complaint_handling, key_line, keys

COMPLAINTS = "complaints"


@pytest.fixture(scope="module")
def issuer() -> Iterator[Issuer]:
    with serving() as found:
        yield found


@pytest.fixture(scope="module")
def running() -> Iterator[Site]:
    with complaint_handling() as site:
        yield site


@pytest.fixture
def site(running: Site) -> Site:
    running.complaints.log.clear()
    running.complaints.accounts["zhang.san"] = PASSWORD
    running.complaints.fault = 0
    return running


class Branch:
    """The service behind its gate, and who calls it."""

    def __init__(self, stub: Any, database: Database, issuer: Issuer) -> None:
        self.database = database
        self._stub = stub
        self._issuer = issuer

    async def call(self, method: str, request: Any, number: str = "m001", role: str = "customer_manager") -> Any:
        token = self._issuer.token(preferred_username=number, name=number, realm_access={"roles": [role]})
        return await getattr(self._stub, method)(request, metadata=(("authorization", f"Bearer {token}"),))

    async def admin(self, method: str, request: Any) -> Any:
        return await self.call(method, request, "admin", "administrator")

    async def refused(self, method: str, request: Any, *who: str) -> tuple[str, str, dict[str, str]]:
        with pytest.raises(aio.AioRpcError) as caught:
            await self.call(method, request, *who)
        assert PASSWORD not in str(caught.value)
        info = error_details_pb2.ErrorInfo()
        status = rpc_status.from_call(caught.value)  # type: ignore[arg-type]  # an aio error carries what the function reads
        with contextlib.suppress(IndexError, AttributeError):
            status.details[0].Unpack(info)  # type: ignore[union-attr]  # checked by the suppression
        return caught.value.code().name, info.reason, dict(info.metadata)

    async def tiles(self, *who: str) -> list[tuple[str, bool]]:
        answer = await self.call("ListMySystems", pb.ListMySystemsRequest(), *who)
        return [(tile.code, tile.ready) for tile in answer.tiles]

    async def open(self, code: str = COMPLAINTS) -> Any:
        return await self.call("OpenSystem", pb.OpenSystemRequest(code=code))

    async def store(self, password: str = PASSWORD, number: str = "m001") -> None:
        request = pb.StoreCredentialRequest(code=COMPLAINTS, user="zhang.san", password=password)
        await self.call("StoreCredential", request, number)

    def outcomes(self) -> list[str]:
        outbox = plumbing.outbox
        with self.database.engine.connect() as connection:
            rows = connection.execute(select(outbox).where(outbox.c.subject == OPENED).order_by(outbox.c.id)).all()
        return [events.SystemOpened.FromString(row.payload).outcome for row in rows]

    def stored(self) -> list[Any]:
        with self.database.engine.connect() as connection:
            return list(connection.execute(select(credentials).order_by(credentials.c.staff_number)))

    def everything(self) -> bytes:
        """Every value of every row of every table."""
        parts: list[bytes] = []
        with self.database.engine.connect() as connection:
            for table in metadata.sorted_tables:
                binary = {column.name for column in table.columns if isinstance(column.type, LargeBinary)}
                for row in connection.execute(select(table)).mappings():
                    parts += [row[name] if name in binary else str(value).encode() for name, value in row.items()]
        return b"\n".join(parts)


@pytest.fixture
async def branch(issuer: Issuer, database: Database, site: Site) -> AsyncIterator[Branch]:
    access = AccessBook({GRANTS_KEY: rules_document.default_document().SerializeToString()})
    opened = Database(database.engine.url, clock=FixedClock(NOON), plumbing=plumbing, encode=encode, access=access)
    verifier = TokenVerifier(issuer=ISSUER, jwks_url=issuer.jwks_url, audience="support", people=access)
    server = aio.server(interceptors=[Interceptor("support", Gatekeeper(verifier, access))])
    systems_pb2_grpc.add_SystemServiceServicer_to_server(SystemServicer(opened, keys(key_line("k1")), HOST), server)
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    async with aio.insecure_channel(f"127.0.0.1:{port}") as channel:
        made = Branch(systems_pb2_grpc.SystemServiceStub(channel), opened, issuer)
        await made.admin("SetSystem", pb.SetSystemRequest(system=described(site)))
        yield made
    await server.stop(0)
    opened.close()


def described(site: Site, **changes: Any) -> pb.ExternalSystem:
    values: dict[str, Any] = {
        "code": COMPLAINTS,
        "title_zh": "投诉处理",
        "title_en": "Complaint handling",
        "way_in": pb.WAY_IN_STORED_CREDENTIAL,
        "start_url": f"{site.url}/",
        "login_url": f"{site.url}/login",
        "user_field": "j_user",
        "password_field": "j_pass",
        "positions": ["customer_manager"],
        "place": 3,
        "active": True,
    }
    return pb.ExternalSystem(**{**values, **changes})


def link(code: str, **changes: Any) -> pb.ExternalSystem:
    values: dict[str, Any] = {
        "code": code,
        "title_zh": code,
        "title_en": code,
        "way_in": pb.WAY_IN_LINK,
        "start_url": f"https://{code}.example/",
        "active": True,
    }
    return pb.ExternalSystem(**{**values, **changes})


async def test_tiles_are_those_of_the_position_in_their_order(branch: Branch) -> None:
    for system in (
        link("oa", place=9),
        link("news", place=1),
        link("boss", place=1, positions=["bureau_chief"]),
        link("old", active=False),
    ):
        await branch.admin("SetSystem", pb.SetSystemRequest(system=system))
    assert await branch.tiles() == [("news", True), (COMPLAINTS, False), ("oa", True)]
    assert await branch.tiles("c01", "bureau_chief") == [("boss", True), ("news", True), ("oa", True)]
    listed = await branch.admin("ListSystems", pb.ListSystemsRequest())
    assert [system.code for system in listed.systems] == ["old", "boss", "news", COMPLAINTS, "oa"]
    assert list(listed.systems[1].positions) == ["bureau_chief"]


async def test_only_the_administrator_sets_systems(branch: Branch, site: Site) -> None:
    for who in (("m001", "customer_manager"), ("op", "operator"), ("c01", "bureau_chief")):
        for method, request in (
            ("ListSystems", pb.ListSystemsRequest()),
            ("SetSystem", pb.SetSystemRequest(system=described(site, version=1))),
            ("DeleteSystem", pb.DeleteSystemRequest(code=COMPLAINTS)),
        ):
            assert (await branch.refused(method, request, *who))[:2] == ("PERMISSION_DENIED", "PERMISSION_DENIED")


async def test_adding_and_changing_a_system(branch: Branch, site: Site) -> None:
    admin = ("admin", "administrator")
    again = pb.SetSystemRequest(system=described(site))
    assert await branch.refused("SetSystem", again, *admin) == (
        "ALREADY_EXISTS", "SYSTEM_CODE_TAKEN", {"code": COMPLAINTS},
    )  # fmt: skip
    changed = await branch.admin("SetSystem", pb.SetSystemRequest(system=described(site, version=1, note_en="Slow")))
    assert (changed.system.version, changed.system.note_en) == (2, "Slow")
    late = pb.SetSystemRequest(system=described(site, version=1))
    assert (await branch.refused("SetSystem", late, *admin))[:2] == ("ABORTED", "STALE_VERSION")
    gone = pb.SetSystemRequest(system=described(site, code="gone", version=1))
    assert (await branch.refused("SetSystem", gone, *admin))[:2] == ("NOT_FOUND", "NOT_FOUND")
    wrong = pb.SetSystemRequest(system=described(site, version=2, login_url="file:///etc/passwd"))
    assert (await branch.refused("SetSystem", wrong, *admin)) == (
        "INVALID_ARGUMENT", "ADDRESS_INVALID", {"field": "system.login_url"},
    )  # fmt: skip
    elsewhere = pb.SetSystemRequest(system=described(site, version=2, start_url="http://other.example/"))
    assert (await branch.refused("SetSystem", elsewhere, *admin))[1] == "COOKIE_DOMAIN_WANTED"
    unknown = pb.SetSystemRequest(system=link("new", way_in=9))
    assert (await branch.refused("SetSystem", unknown, *admin))[2] == {"field": "system.way_in"}


async def test_a_first_visit_a_good_one_and_a_changed_password(branch: Branch, site: Site) -> None:
    wanted = ("FAILED_PRECONDITION", "CREDENTIAL_WANTED")
    asked = pb.OpenSystemRequest(code=COMPLAINTS)
    assert await branch.refused("OpenSystem", asked) == (*wanted, {"code": COMPLAINTS, "cause": "MISSING"})
    await branch.store()
    assert await branch.tiles() == [(COMPLAINTS, True)]
    opened = await branch.open()
    assert opened.location == f"{site.url}/"
    assert [cookie.split("=")[0] for cookie in opened.set_cookies] == ["complaints_session"]

    site.switch("passwords", user="zhang.san", password="new-one")
    assert await branch.refused("OpenSystem", asked) == (*wanted, {"code": COMPLAINTS, "cause": "REFUSED"})
    assert await branch.tiles() == [(COMPLAINTS, False)]
    assert (await branch.refused("OpenSystem", asked))[2]["cause"] == "REFUSED"
    assert site.complaints.log == ["signed in zhang.san", "refused zhang.san"], "one wrong try, and no second"

    await branch.store("new-one")
    assert len((await branch.open()).set_cookies) == 1
    assert branch.outcomes() == [
        "CREDENTIAL_WANTED", "OPENED", "CREDENTIAL_REFUSED", "CREDENTIAL_WANTED", "OPENED",
    ]  # fmt: skip


async def test_an_older_system_that_is_away_leaves_the_credential_alone(branch: Branch, site: Site) -> None:
    await branch.store()
    site.complaints.fault = 503
    asked = pb.OpenSystemRequest(code=COMPLAINTS)
    assert await branch.refused("OpenSystem", asked) == (
        "FAILED_PRECONDITION", "SYSTEM_UNREACHABLE", {"code": COMPLAINTS, "cause": "SERVER_FAULT"},
    )  # fmt: skip
    assert await branch.tiles() == [(COMPLAINTS, True)]
    site.complaints.fault = 0
    assert len((await branch.open()).set_cookies) == 1
    assert branch.outcomes() == ["SYSTEM_UNREACHABLE", "OPENED"]


async def test_links_and_single_sign_on_only_say_where_to_go(branch: Branch) -> None:
    for code, way in (("oa", pb.WAY_IN_LINK), ("rm", pb.WAY_IN_OIDC), ("bill", pb.WAY_IN_SAML)):
        await branch.admin("SetSystem", pb.SetSystemRequest(system=link(code, way_in=way)))
        assert await branch.open(code) == pb.OpenSystemResponse(location=f"https://{code}.example/")
    assert branch.outcomes() == ["OPENED"] * 3
    request = pb.StoreCredentialRequest(code="oa", user="u", password=PASSWORD)
    assert (await branch.refused("StoreCredential", request))[1] == "SYSTEM_TAKES_NO_CREDENTIAL"


async def test_a_system_of_other_positions_is_not_there(branch: Branch, site: Site) -> None:
    await branch.store()
    chief = ("c01", "bureau_chief")
    for method, request in (
        ("OpenSystem", pb.OpenSystemRequest(code=COMPLAINTS)),
        ("StoreCredential", pb.StoreCredentialRequest(code=COMPLAINTS, user="u", password=PASSWORD)),
        ("OpenSystem", pb.OpenSystemRequest(code="nowhere")),
    ):
        assert (await branch.refused(method, request, *chief))[:2] == ("NOT_FOUND", "NOT_FOUND")
    await branch.admin("SetSystem", pb.SetSystemRequest(system=described(site, version=1, active=False)))
    assert (await branch.refused("OpenSystem", pb.OpenSystemRequest(code=COMPLAINTS)))[1] == "NOT_FOUND"
    assert site.complaints.log == []
    assert branch.outcomes() == []


async def test_a_row_moved_to_another_person_opens_nothing(branch: Branch, site: Site) -> None:
    await branch.store()
    with branch.database.engine.begin() as connection:
        connection.execute(credentials.update().values(staff_number="m002"))
    asked = pb.OpenSystemRequest(code=COMPLAINTS)
    who = ("m002", "customer_manager")
    assert (await branch.refused("OpenSystem", asked, *who))[2]["cause"] == "REFUSED"
    assert site.complaints.log == [], "nothing was sent"


async def test_credentials_are_forgotten_on_request_with_the_system_and_with_another_receiver(
    branch: Branch, site: Site
) -> None:
    await branch.store(number="m001")
    await branch.store(number="m002")
    await branch.call("ForgetCredential", pb.ForgetCredentialRequest(code=COMPLAINTS))
    assert [row.staff_number for row in branch.stored()] == ["m002"]
    await branch.call("ForgetCredential", pb.ForgetCredentialRequest(code=COMPLAINTS))

    same_place = described(site, version=1, login_url=f"{site.url}/signin")
    await branch.admin("SetSystem", pb.SetSystemRequest(system=same_place))
    assert len(branch.stored()) == 1, "another page of the same host is the same receiver"
    other = site.url.replace("http://", "https://")
    await branch.admin("SetSystem", pb.SetSystemRequest(system=described(site, version=2, login_url=f"{other}/login")))
    assert branch.stored() == [], "a new host never gets the old host's passwords"

    await branch.admin("SetSystem", pb.SetSystemRequest(system=described(site, version=3)))
    await branch.store()
    await branch.admin("DeleteSystem", pb.DeleteSystemRequest(code=COMPLAINTS))
    assert branch.stored() == []
    assert await branch.tiles() == []
    delete = pb.DeleteSystemRequest(code=COMPLAINTS)
    assert (await branch.refused("DeleteSystem", delete, "admin", "administrator"))[1] == "NOT_FOUND"


async def test_name_and_password_are_nowhere_in_clear(
    branch: Branch, site: Site, capsys: pytest.CaptureFixture[str]
) -> None:
    with capture_logs() as lines:
        await branch.store()
        await branch.open()
        await branch.store("wrong-" + PASSWORD)
        await branch.refused("OpenSystem", pb.OpenSystemRequest(code=COMPLAINTS))
        site.complaints.fault = 500
        await branch.store()
        await branch.refused("OpenSystem", pb.OpenSystemRequest(code=COMPLAINTS))
        too_long = pb.StoreCredentialRequest(code=COMPLAINTS, user="zhang.san", password=PASSWORD * 50)
        await branch.refused("StoreCredential", too_long)
    said = capsys.readouterr()
    text = said.out + said.err + repr(lines)
    assert "older system unreachable" in text, "the log was listened to"
    for secret in (PASSWORD, "zhang.san", key_line("k1")[3:]):
        assert secret.encode() not in branch.everything()
        assert secret not in text
    assert len(branch.stored()) == 1
    assert b"credential.m001" in branch.everything(), "that it was stored is in the history"


async def test_machines_have_no_tiles(branch: Branch) -> None:
    who = ("service-account-ods-files", "importer")
    assert (await branch.refused("OpenSystem", pb.OpenSystemRequest(code=COMPLAINTS), *who))[0] == "PERMISSION_DENIED"
