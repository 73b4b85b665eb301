"""What an administrator may set as an older system."""

from dataclasses import replace

import pytest

from support.domain.errors import FieldRefused
from support.domain.external_system import ExternalSystem, WayIn, check_credential, check_system, never_ours

LINK = ExternalSystem("oa", "办公", "Office", WayIn.LINK, "https://oa.branch.example/")
FORM = replace(
    LINK,
    way_in=WayIn.STORED_CREDENTIAL,
    start_url="http://complaints.branch.example:9080/home",
    login_url="http://complaints.branch.example:9080/login",
    user_field="u",
    password_field="p",
    cookie_domain="branch.example",
)
PORTAL = "crm.branch.example"


def refused(system: ExternalSystem, portal: str = PORTAL) -> tuple[str, str]:
    with pytest.raises(FieldRefused) as caught:
        check_system(system, portal)
    return caught.value.data["field"], caught.value.reason


def test_good_ones() -> None:
    check_system(LINK, PORTAL)
    check_system(FORM, PORTAL)
    check_system(
        replace(
            FORM, cookie_domain="", start_url="http://crm.branch.example:9/", login_url="http://crm.branch.example:9/l"
        ),
        PORTAL,
    )


@pytest.mark.parametrize("code", ["", "a b", "-a", "a-", "ä", "a/../b", "x" * 41, "a_b"])
def test_codes(code: str) -> None:
    assert refused(replace(LINK, code=code)) == ("system.code", "CODE_INVALID")


@pytest.mark.parametrize(
    "address",
    [
        "ftp://oa/", "javascript:alert(1)", "file:///etc/passwd", "//oa.example/", "oa.example", "http://", "http:///x",
        "http://me:secret@oa.example/", "http://oa.example/#here", "http://oa.example/ x", "http://oa.example\\@evil/",
        "http://oa.example:99999/", "http://169.254.169.254/latest/meta-data", "http://[fe80::1]/", "http://0.0.0.0/",
        "http://224.0.0.1/", "http://[::ffff:169.254.169.254]/", "http://办公.example/", "http://oa.example/" + "x" * 500,
    ],
)  # fmt: skip
def test_addresses(address: str) -> None:
    assert refused(replace(LINK, start_url=address)) == ("system.start_url", "ADDRESS_INVALID")
    assert refused(replace(FORM, login_url=address)) == ("system.login_url", "ADDRESS_INVALID")


def test_other_fields() -> None:
    assert refused(replace(LINK, start_url="")) == ("system.start_url", "FIELD_REQUIRED")
    assert refused(replace(LINK, title_zh=" ")) == ("system.title_zh", "FIELD_REQUIRED")
    assert refused(replace(LINK, note_en="x" * 121)) == ("system.note_en", "TOO_LONG")
    assert refused(replace(LINK, positions=("Customer Manager",))) == ("system.positions", "POSITION_UNKNOWN")
    assert refused(replace(LINK, place=-1)) == ("system.place", "FIELD_INVALID")
    assert refused(replace(LINK, login_url="http://x/")) == ("system.login_url", "ONLY_FOR_STORED_CREDENTIALS")
    assert refused(replace(FORM, user_field="")) == ("system.user_field", "FIELD_REQUIRED")
    assert refused(replace(FORM, password_field="u")) == ("system.password_field", "FIELD_INVALID")


def test_cookies_reach_the_browser_only_under_a_domain_above_both() -> None:
    assert refused(replace(FORM, cookie_domain="")) == ("system.cookie_domain", "COOKIE_DOMAIN_WANTED")
    assert refused(FORM, "crm.elsewhere.example") == ("system.cookie_domain", "COOKIE_DOMAIN_WRONG")
    for domain in ("example.org", "example", "ranch.example", "branch.example/", "complaints.branch.example"):
        assert refused(replace(FORM, cookie_domain=domain)) == ("system.cookie_domain", "COOKIE_DOMAIN_WRONG"), domain


def test_who_has_the_tile() -> None:
    managers = replace(LINK, positions=("customer_manager", "seat_manager"))
    assert managers.shown_to(frozenset({"seat_manager", "editor"}))
    assert not managers.shown_to(frozenset({"editor"}))
    assert LINK.shown_to(frozenset())
    assert not replace(LINK, active=False).shown_to(frozenset({"editor"}))


def test_another_receiver_of_the_password() -> None:
    assert FORM.same_receiver(replace(FORM, login_url="http://complaints.branch.example:9080/signin", title_zh="投诉"))
    for login in (
        "http://complaints.branch.example/login",
        "https://complaints.branch.example:9080/login",
        "http://x/login",
    ):
        assert not FORM.same_receiver(replace(FORM, login_url=login))
    assert not FORM.same_receiver(replace(FORM, way_in=WayIn.LINK))


def test_a_credential_that_cannot_be_one() -> None:
    check_credential("u", "p")
    for user, password, field, reason in (
        ("", "p", "user", "FIELD_REQUIRED"),
        ("u", "", "password", "FIELD_REQUIRED"),
        ("u", "canary" * 100, "password", "TOO_LONG"),
    ):
        with pytest.raises(FieldRefused) as caught:
            check_credential(user, password)
        assert (caught.value.data["field"], caught.value.reason) == (field, reason)
        assert "canary" not in repr(caught.value)


@pytest.mark.parametrize(
    ("host", "forbidden"),
    [
        ("127.0.0.1", False),
        ("10.1.1.1", False),
        ("::1", False),
        ("fe80::1%eth0", True),
        ("255.255.255.255", True),
        ("oa", False),
    ],
)
def test_addresses_that_no_older_system_has(host: str, forbidden: bool) -> None:
    assert never_ours(host) is forbidden
