"""The machine's clock is set back: tokens, ids and leases of before mean nothing, and nobody waits for it to catch up."""

import time
from collections.abc import Iterator
from types import SimpleNamespace

import pytest

from chassis import identity, ids
from chassis.errors import Unauthenticated
from chassis.identity import TokenVerifier
from tests.chassis.issuer import ISSUER, Issuer, serving
from tests.chassis.test_identity import Staff

TWO_DAYS = 2 * 24 * 3600


@pytest.fixture(scope="module")
def issuer() -> Iterator[Issuer]:
    with serving() as found:
        yield found


def set_back(monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
    clock = SimpleNamespace(
        time=lambda: time.time() - seconds,
        time_ns=lambda: time.time_ns() - int(seconds * 1e9),
        monotonic=time.monotonic,
    )
    monkeypatch.setattr(identity, "time", clock)
    monkeypatch.setattr(ids, "time", clock)


async def test_a_token_of_before_is_refused_known_or_not(issuer: Issuer, monkeypatch: pytest.MonkeyPatch) -> None:
    verifier = TokenVerifier(issuer=ISSUER, jwks_url=issuer.jwks_url, audience="support", people=Staff())
    known, unknown = (f"Bearer {issuer.token(name=name)}" for name in ("known", "unknown"))
    await verifier.actor(known, ip="", language="en")
    # Two clocks may be apart a little.
    set_back(monkeypatch, 30)
    await verifier.actor(known, ip="", language="en")
    set_back(monkeypatch, TWO_DAYS)
    for token in (known, unknown):
        with pytest.raises(Unauthenticated):
            await verifier.actor(token, ip="", language="en")


def test_ids_go_on_from_where_they_were(monkeypatch: pytest.MonkeyPatch) -> None:
    before = [ids.new_id() for _ in range(5)]
    set_back(monkeypatch, TWO_DAYS)
    after = [ids.new_id() for _ in range(50)]
    assert sorted(after) == after
    assert after[0] > before[-1]
    assert len(set(before + after)) == 55
    # The clock catches up: ids are of its time again.
    monkeypatch.undo()
    monkeypatch.setattr(ids, "_latest", 0)
    assert abs(int(ids.new_id().replace("-", "")[:12], 16) / 1000 - time.time()) < 2
