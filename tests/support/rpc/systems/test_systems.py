"""Tiles over a real channel, and the systems they stand for: set by the administrator, there for their positions alone."""

from crm.support.v1 import systems_pb2 as pb

from tests.support.older_site import PASSWORD, Site
from tests.support.rpc.systems.branch import COMPLAINTS, Branch, described, link


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


async def test_machines_have_no_tiles(branch: Branch) -> None:
    who = ("service-account-ods-files", "importer")
    assert (await branch.refused("OpenSystem", pb.OpenSystemRequest(code=COMPLAINTS), *who))[0] == "PERMISSION_DENIED"
