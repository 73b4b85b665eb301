"""The supervisor with toy children: real processes that crash, hang and multiply."""

import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from local_stack import processes, supervisor
from local_stack.children import Child
from local_stack.supervisor import StackError, Supervisor

pytestmark = pytest.mark.slow

STAYS = "import time\nprint('up', flush=True)\nwhile True: time.sleep(0.05)"
CRASHES = "import sys\nprint('the reason', flush=True)\nsys.exit(3)"
DEAF = "import signal\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\n" + STAYS
# A child that starts another one, which hears nothing either.
PARENT = f"import subprocess, sys\nsubprocess.Popen([sys.executable, '-c', {DEAF!r}])\n" + STAYS
# The other one leaves the group, as a session of PostgreSQL does.
LEAVER = f"import subprocess, sys\nsubprocess.Popen([sys.executable, '-c', {DEAF!r}], start_new_session=True)\n" + DEAF


def child(name: str, code: str, folder: Path, **options: object) -> Child:
    log = folder / f"{name}.log"
    return Child(
        name,
        lambda: processes.dies_with_parent([sys.executable, "-c", code]),
        lambda: log.exists() and "up" in log.read_text(),
        **{"grace": 1.0, **options},  # pyright: ignore[reportArgumentType]  # any field of a child
    )


class Told(list[str]):
    """What a person would have read."""

    def mention(self, *words: str) -> bool:
        return any(all(word in line for word in words) for line in self)


def supervise(folder: Path, *children: Child, crash_limit: int = 3) -> tuple[Supervisor, Told]:
    told = Told()
    return Supervisor(children, folder, dict(os.environ), told.append, crash_limit=crash_limit), told


def until(supervisor: Supervisor, condition: Callable[[], bool], seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        supervisor.step()
        time.sleep(0.02)


def family(pid: int | None) -> list[psutil.Process]:
    assert pid is not None
    return [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]


def assert_gone(family: list[psutil.Process]) -> None:
    _, alive = psutil.wait_procs(family, timeout=3)
    assert [one for one in alive if one.status() != psutil.STATUS_ZOMBIE] == []


def test_a_child_waits_for_those_it_stands_on(tmp_path: Path) -> None:
    supervisor, _ = supervise(
        tmp_path, child("late", STAYS, tmp_path, after=("early",)), child("early", STAYS, tmp_path)
    )
    until(supervisor, lambda: supervisor.running["early"].state == "starting")
    assert supervisor.running["late"].state == "waiting"
    until(supervisor, lambda: supervisor.ready)
    supervisor.stop()


def test_a_crashed_child_is_started_again_and_said_so(tmp_path: Path) -> None:
    supervisor, told = supervise(tmp_path, child("one", STAYS, tmp_path), child("other", STAYS, tmp_path))
    until(supervisor, lambda: supervisor.ready)
    first, other = supervisor.running["one"].pid, supervisor.running["other"].pid
    assert first is not None
    os.kill(first, signal.SIGKILL)
    until(supervisor, lambda: supervisor.running["one"].pid not in {None, first} and supervisor.ready)
    assert told.mention("one crashed", "SIGKILL", "starting it again")
    assert supervisor.running["one"].restarts == 1
    assert supervisor.running["other"].pid == other
    supervisor.stop()


def test_three_crashes_in_a_minute_end_everything_with_the_last_log_lines(tmp_path: Path) -> None:
    supervisor, _ = supervise(tmp_path, child("bad", CRASHES, tmp_path), child("good", STAYS, tmp_path))
    with pytest.raises(StackError, match=r"bad crashed 3 times within a minute \(exit status 3\)(.|\n)*the reason"):
        until(supervisor, lambda: False)
    running = family(supervisor.running["good"].pid)
    supervisor.stop()
    assert_gone(running)


def test_without_a_crash_limit_it_goes_on(tmp_path: Path) -> None:
    supervisor, _ = supervise(tmp_path, child("bad", CRASHES, tmp_path), crash_limit=0)
    until(supervisor, lambda: supervisor.running["bad"].restarts == 4)
    supervisor.stop()


@pytest.mark.parametrize(
    "code", [DEAF, PARENT, LEAVER], ids=["deaf", "with-a-deaf-child", "whose-child-left-the-group"]
)
def test_a_child_that_hangs_is_killed_with_all_it_started(tmp_path: Path, code: str) -> None:
    supervisor, told = supervise(tmp_path, child("hangs", code, tmp_path))
    until(supervisor, lambda: supervisor.ready)
    expected = 1 if code == DEAF else 2
    pid = supervisor.running["hangs"].pid
    until(supervisor, lambda: len(family(pid)) == expected)
    running = family(pid)
    began = time.monotonic()
    supervisor.stop()
    assert time.monotonic() - began < 4
    assert_gone(running)
    assert told.mention("hangs did not stop") == (code != PARENT)


def test_a_frozen_child_is_killed(tmp_path: Path) -> None:
    supervisor, _ = supervise(tmp_path, child("frozen", STAYS, tmp_path))
    until(supervisor, lambda: supervisor.ready)
    running = family(supervisor.running["frozen"].pid)
    running[0].suspend()
    supervisor.stop()
    assert_gone(running)


def test_those_who_serve_stop_before_what_they_stand_on(tmp_path: Path) -> None:
    order = tmp_path / "order"
    speaks = (
        "import signal, sys\n"
        f"def end(*_):\n open({str(order)!r}, 'a').write(sys.argv[1] + ' ')\n sys.exit(0)\n"
        "signal.signal(signal.SIGTERM, end)\n"
    )

    def named(name: str, wave: int) -> Child:
        log = tmp_path / f"{name}.log"
        command = processes.dies_with_parent([sys.executable, "-c", speaks + STAYS, name])
        return Child(name, lambda: command, lambda: log.exists() and "up" in log.read_text(), wave=wave, grace=3)

    supervisor, _ = supervise(tmp_path, named("database", 2), named("broker", 1), named("service", 0))
    until(supervisor, lambda: supervisor.ready)
    supervisor.stop()
    assert order.read_text() == "service broker database "


def test_a_child_that_cannot_be_prepared_says_why(tmp_path: Path) -> None:
    def prepare(_: Callable[[str], None]) -> None:
        raise OSError("no room")

    supervisor, _ = supervise(tmp_path, child("poor", STAYS, tmp_path, prepare=prepare))
    with pytest.raises(StackError, match="poor could not be prepared: no room"):
        until(supervisor, lambda: False)
    supervisor.stop()


def test_who_never_answers_is_given_up_with_its_log(tmp_path: Path) -> None:
    silent = "import time\nprint('thinking', flush=True)\ntime.sleep(60)"
    supervisor, _ = supervise(tmp_path, child("silent", silent, tmp_path, start_within=0.5))
    with pytest.raises(StackError, match=r"silent did not answer(.|\n)*thinking"):
        until(supervisor, lambda: False)
    running = family(supervisor.running["silent"].pid)
    supervisor.stop()
    assert_gone(running)


def test_children_die_with_a_supervisor_that_is_killed(tmp_path: Path) -> None:
    script = tmp_path / "stack.py"
    script.write_text(
        "import os, sys, time\nfrom pathlib import Path\n"
        "from local_stack import processes\nfrom local_stack.children import Child\n"
        "from local_stack.supervisor import Supervisor\n"
        f"command = processes.dies_with_parent([sys.executable, '-c', {DEAF!r}])\n"
        f"one = Child('one', lambda: command, lambda: True)\n"
        f"stack = Supervisor([one], Path({str(tmp_path)!r}), dict(os.environ), print)\n"
        "while True:\n"
        "    stack.step()\n"
        f"    if stack.ready: Path({str(tmp_path)!r}, 'pid').write_text(str(stack.running['one'].pid))\n"
        "    time.sleep(0.05)\n"
    )
    with processes.subprocess.Popen([sys.executable, str(script)]) as supervisor:
        deadline = time.monotonic() + 20
        while not (tmp_path / "pid").exists() or not (tmp_path / "pid").read_text():
            assert time.monotonic() < deadline
            time.sleep(0.05)
        running = family(int((tmp_path / "pid").read_text()))
        supervisor.kill()
    assert_gone(running)


def test_somebody_in_a_hurry_waits_for_nobody(tmp_path: Path) -> None:
    supervisor, _ = supervise(tmp_path, child("deaf", DEAF, tmp_path, grace=60.0))
    until(supervisor, lambda: supervisor.ready)
    running = family(supervisor.running["deaf"].pid)
    supervisor.hurry = True
    began = time.monotonic()
    supervisor.stop()
    assert time.monotonic() - began < 3
    assert_gone(running)


def test_a_child_that_answers_but_does_not_work_is_started_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervisor, "EXAMINE_EVERY", 0.05)
    # Ailing for as long as the first process of it lives.
    first: list[int | None] = []
    one = child("one", STAYS, tmp_path, healthy=lambda: stack.running["one"].pid not in first)
    stack, told = supervise(tmp_path, one, crash_limit=1)
    until(stack, lambda: stack.ready)
    first.append(stack.running["one"].pid)
    until(stack, lambda: stack.ready and stack.running["one"].pid not in first)
    assert told.mention("one", "does not work", "starting it again")
    # That is no crash of its own: the limit of crashes does not count it.
    assert stack.running["one"].restarts == 1
    stack.stop()
