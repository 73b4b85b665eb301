"""A store of a release whose broker had one password for everybody."""

import secrets
import subprocess
from pathlib import Path

import nats
import pytest
from nats.js.api import AckPolicy, ConsumerConfig

from local_stack.nats import NatsServer, binary, one_password
from local_stack.processes import free_port
from tests.databases import quick_folder

pytestmark = pytest.mark.slow


def older(folder: Path, port: int) -> "subprocess.Popen[bytes]":
    folder.mkdir(exist_ok=True)
    file = folder / "older.conf"
    file.write_text(
        f'listen: "127.0.0.1:{port}"\nauthorization {{ token: "t" }}\njetstream {{ store_dir: "{folder}/jetstream" }}\n'
    )
    return subprocess.Popen([binary(), "-c", file], stderr=subprocess.DEVNULL)


async def test_its_streams_and_how_far_each_had_read_are_kept() -> None:
    with quick_folder("crm-nats-") as folder:
        server = NatsServer(folder, free_port(), one_password(secrets.token_urlsafe(12)))
        process = older(folder, server.port)
        client = await nats.connect(f"nats://t@127.0.0.1:{server.port}")
        stream = client.jetstream()
        await stream.add_stream(name="CRM_DISPATCH", subjects=["crm.dispatch.>"])
        await stream.add_consumer("CRM_DISPATCH", ConsumerConfig(durable_name="reader", ack_policy=AckPolicy.EXPLICIT))
        for said in (b"first", b"second"):
            await stream.publish("crm.dispatch.task.completed.v1", said)
        reader = await stream.pull_subscribe_bind("reader", stream="CRM_DISPATCH")
        await (await reader.fetch(1))[0].ack_sync()
        await client.close()
        process.terminate()
        process.wait(10)

        server.start()
        try:
            client = await nats.connect(server.url)
            reader = await client.jetstream().pull_subscribe_bind("reader", stream="CRM_DISPATCH")
            assert [message.data for message in await reader.fetch(5, timeout=2)] == [b"second"]
            await client.close()
        finally:
            server.stop()
