"""What needs no running gateway."""

import pytest

from gateway.edge import client_ip
from gateway.forward import seconds_asked
from gateway.sessions import Sealer, Session, key_of
from gateway.sign_in import own_path


def test_own_paths_are_kept() -> None:
    assert all(own_path(path) for path in ("/", "/tasks/1?a=b#c", "/客户/1"))


def test_a_record_cannot_be_moved_or_changed() -> None:
    session = Session(
        id="1", staff_number="m001", name="王敏", roles=("customer_manager",), subject="s", provider_session="p",
        ip="127.0.0.1", user_agent="", language="zh-CN", started_at=1.0, seen_at=1.0, access_token="a",
        access_until=2.0, refresh_token="r", id_token="i",
    )  # fmt: skip
    sealer = Sealer("secret")
    sealed = sealer.seal(session, key_of(b"mine"))
    assert sealer.open(sealed, key_of(b"mine")) == session
    assert sealer.open(sealed, key_of(b"another")) is None
    assert sealer.open(sealed[:-1] + bytes([sealed[-1] ^ 1]), key_of(b"mine")) is None
    assert Sealer("another").open(sealed, key_of(b"mine")) is None
    assert "token" not in repr(session)
    assert Sealer("another").csrf_of("k") != sealer.csrf_of("k")


@pytest.mark.parametrize(
    ("peer", "said", "client"),
    [
        ("10.0.0.9", "", "10.0.0.9"),
        ("10.0.0.9", "6.6.6.6", "10.0.0.9"),
        ("10.0.0.1", "6.6.6.6", "6.6.6.6"),
        ("10.0.0.1", "7.7.7.7, 6.6.6.6", "6.6.6.6"),
        ("10.0.0.1", "6.6.6.6, 10.0.0.2", "6.6.6.6"),
        ("10.0.0.1", "", "10.0.0.1"),
    ],
)
def test_only_proxies_of_ours_say_who_the_client_is(peer: str, said: str, client: str) -> None:
    headers = {b"x-forwarded-for": said.encode()} if said else {}
    assert client_ip({"client": (peer, 5000)}, headers, frozenset({"10.0.0.1", "10.0.0.2"})) == client


@pytest.mark.parametrize(
    ("asked", "seconds"),
    [
        (None, 10),
        ("", 10),
        ("2500", 2.5),
        ("0", 0.001),
        ("60000", 30),
        ("-1", 10),
        ("1e3", 10),
        ("٣", 10),
        ("9" * 11, 10),
    ],
)
def test_the_time_a_caller_asks_for(asked: str | None, seconds: float) -> None:
    assert seconds_asked(asked, 10, 30) == seconds
