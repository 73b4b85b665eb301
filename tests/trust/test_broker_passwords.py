"""Who gets in at a real broker: every user with the password of the secrets, nobody with another, and a changed one after a reload."""

import asyncio
import signal

import pytest
from nats.errors import Error as NatsError

from branch_trust.broker_users import USERS
from branch_trust.parts import BROKER_PASSWORDS, SECRETS
from local_stack.nats import NatsServer
from tests.trust.broker import PASSWORD, connected, running, try_to_connect

pytestmark = pytest.mark.slow


async def test_a_wrong_password_and_a_stranger_are_refused(server: NatsServer) -> None:
    for user, password in (("dispatch", "wrong"), ("nobody", PASSWORD), ("", "")):
        with pytest.raises(NatsError, match=r"(?i)authorization"):
            await try_to_connect(f"nats://127.0.0.1:{server.port}", user, password)


async def test_a_password_that_was_changed_counts_after_a_reload_and_cuts_nobody_else_off() -> None:
    with running() as changing:
        url = f"nats://127.0.0.1:{changing.port}"
        async with connected(changing, "dispatch") as stays:
            changing.passwords = {**changing.passwords, "customer": "another"}
            changing.prepare()
            assert changing.process is not None
            changing.process.send_signal(signal.SIGHUP)
            async with asyncio.timeout(10):
                while True:
                    try:
                        await try_to_connect(url, "customer", "another")
                        break
                    except NatsError:
                        await asyncio.sleep(0.05)
            with pytest.raises(NatsError, match=r"(?i)authorization"):
                await try_to_connect(url, "customer", PASSWORD)
            assert stays.client.is_connected
            assert await stays.may_say("crm.dispatch.note.written.v1")


def test_every_user_has_a_password_in_the_secrets() -> None:
    assert {user.name for user in USERS} | {"system"} == set(BROKER_PASSWORDS)
    assert set(BROKER_PASSWORDS.values()) <= {place for secret in SECRETS for place in secret.places}
