"""Stored names and passwords over a real channel: wanted, tried once, forgotten, and nowhere in clear."""

import pytest
from crm.support.v1 import systems_pb2 as pb
from structlog.testing import capture_logs

from support.storage.systems_tables import credentials
from tests.support.older_site import PASSWORD, Site, key_line
from tests.support.rpc.systems.branch import COMPLAINTS, Branch, described


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
