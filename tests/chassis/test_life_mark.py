"""Who ended without a word is found by the next; who lives or said good-bye is not."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from chassis.life_mark import LifeMark


def test_one_that_ended_as_it_was_told_leaves_nothing(tmp_path: Path) -> None:
    LifeMark(tmp_path).clear()
    after = LifeMark(tmp_path)
    assert after.broken_off == 0
    after.clear()
    assert list(tmp_path.iterdir()) == []


def test_two_side_by_side_do_not_take_each_other_for_dead(tmp_path: Path) -> None:
    old = LifeMark(tmp_path)
    new = LifeMark(tmp_path)
    assert new.broken_off == 0
    old.clear()
    new.clear()


@pytest.mark.slow  # starts a process
def test_one_that_was_killed_is_found_once(tmp_path: Path) -> None:
    program = "import sys, pathlib, chassis.life_mark as l; m = l.LifeMark(pathlib.Path(sys.argv[1])); print(1, flush=True); input()"
    command = [sys.executable, "-c", program, str(tmp_path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        os.kill(process.pid, signal.SIGKILL)
    found = LifeMark(tmp_path)
    assert found.broken_off == 1
    found.clear()
    again = LifeMark(tmp_path)
    assert again.broken_off == 0
    again.clear()


def test_a_folder_that_cannot_be_written_does_not_hinder_the_start(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    mark = LifeMark(tmp_path / "file" / "alive")
    assert mark.broken_off == 0
    mark.clear()
