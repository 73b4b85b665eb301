"""What needs no running gateway."""

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
