"""The throw-away servers every other test stands on."""

import socket
import time
from collections.abc import Callable

import nats
import pytest
import sqlalchemy as sa
from sqlalchemy.exc import OperationalError

from local_stack.nats import NatsServer
from local_stack.postgres import PostgresServer

metadata = sa.MetaData()
things = sa.Table("things", metadata, sa.Column("id", sa.Integer, primary_key=True))


def test_fresh_databases_share_tables_but_no_rows(fresh_database: Callable[..., str]) -> None:
    first, second = fresh_database(metadata), fresh_database(metadata)
    with sa.create_engine(first, poolclass=sa.NullPool).begin() as connection:
        connection.execute(things.insert().values(id=1))
        assert connection.scalar(sa.select(sa.func.count()).select_from(things)) == 1
    with sa.create_engine(second, poolclass=sa.NullPool).begin() as connection:
        assert connection.scalar(sa.select(sa.func.count()).select_from(things)) == 0


def test_a_database_without_tables(fresh_database: Callable[..., str]) -> None:
    engine = sa.create_engine(fresh_database(), poolclass=sa.NullPool)
    assert sa.inspect(engine).get_table_names() == []


def test_a_copy_takes_less_than_a_second(fresh_database: Callable[..., str]) -> None:
    fresh_database(metadata)
    began = time.monotonic()
    fresh_database(metadata)
    assert time.monotonic() - began < 1


def test_a_wrong_password_is_refused(postgres_server: PostgresServer) -> None:
    server = PostgresServer(postgres_server.data, postgres_server.port, "wrong")
    assert not server.ready()


def test_a_database_belongs_to_its_role_alone(postgres_server: PostgresServer) -> None:
    postgres_server.ensure_database("owner_a", "a")
    postgres_server.ensure_database("owner_b", "b")
    postgres_server.ensure_database("owner_a", "changed")
    own = sa.make_url(postgres_server.url("owner_a")).set(username="owner_a", password="changed")
    foreign = own.set(database="owner_b")
    sa.create_engine(own, poolclass=sa.NullPool).connect().close()
    with pytest.raises(OperationalError, match="permission denied"):
        sa.create_engine(foreign, poolclass=sa.NullPool).connect()


async def test_jetstream_keeps_what_it_acknowledged_over_a_restart(nats_process: NatsServer) -> None:
    client = await nats.connect(nats_process.url)
    stream = client.jetstream()
    await stream.add_stream(name="S", subjects=["s.>"])
    await stream.publish("s.x", b"kept")
    await client.close()
    nats_process.stop()
    nats_process.start()
    client = await nats.connect(nats_process.url)
    assert (await client.jetstream().get_msg("S", 1)).data == b"kept"
    await client.close()


def test_nats_refuses_a_stranger(nats_process: NatsServer) -> None:
    with (
        socket.create_connection(("127.0.0.1", nats_process.port), 5) as connection,
        connection.makefile("rwb") as line,
    ):
        assert line.readline().startswith(b"INFO ")
        line.write(b'CONNECT {"auth_token":"wrong","verbose":false}\r\nPING\r\n')
        line.flush()
        assert line.readline() == b"-ERR 'Authorization Violation'\r\n"
