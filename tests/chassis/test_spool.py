"""Notes on disk: whole or not at all, each file one id, and no disk full that refuses what room was kept for."""

import os
from pathlib import Path

import pytest

from chassis.spool import ROOM, SPARES, Spool, SpoolFull


def test_what_was_added_is_read_in_order(tmp_path: Path) -> None:
    spool = Spool(tmp_path)
    for word in (b"one", b"two", b"three"):
        spool.add(word)
    (segment,) = spool.take()
    spool.add(b"later")
    assert segment.read() == b"onetwothree"
    spool.brought_in(segment)
    (later,) = spool.take()
    assert later.read() == b"later"
    spool.close()


def test_a_file_that_is_used_again_has_another_id_and_shows_nothing_of_before(tmp_path: Path) -> None:
    spool = Spool(tmp_path)
    ids: set[str] = set()
    for turn in range(SPARES * 2 + 2):
        # Each time shorter than before, so that something of before lies behind it.
        for number in range(30 - turn):
            spool.add(f"{turn}-{number};".encode())
        (segment,) = spool.take()
        assert segment.read() == b"".join(f"{turn}-{number};".encode() for number in range(30 - turn))
        ids.add(segment.id)
        spool.brought_in(segment)
    assert len(ids) == SPARES * 2 + 2
    assert len(list(tmp_path.iterdir())) == SPARES + 1
    spool.close()


def test_a_note_that_is_not_whole_ends_the_reading(tmp_path: Path) -> None:
    spool = Spool(tmp_path)
    spool.add(b"whole")
    spool.add(b"damaged")
    (segment,) = spool.take()
    os.pwrite(segment.file, b"D", segment.used - len(b"damaged"))
    assert segment.read() == b"whole"
    spool.close()


def test_it_says_when_there_is_no_room_and_goes_on_once_there_is(tmp_path: Path) -> None:
    spool = Spool(tmp_path)
    note = b"x" * 1016
    fit = (ROOM // 1024) * (SPARES + 1)
    for _ in range(fit):
        spool.add(note)
    with pytest.raises(SpoolFull):
        spool.add(note)
    waiting = spool.take()
    assert len(waiting) == SPARES
    spool.brought_in(waiting[0])
    spool.add(note)
    assert sum(len(segment.read()) for segment in spool.take()) == (fit - ROOM // 1024) * len(note)
    spool.close()


def test_files_of_a_process_that_lives_are_not_touched(tmp_path: Path) -> None:
    first = Spool(tmp_path)
    first.add(b"mine")
    second = Spool(tmp_path)
    with second.left_behind() as found:
        assert found == []
    (segment,) = first.take()
    assert segment.read() == b"mine"
    first.close()
    with second.left_behind() as found:
        assert [each.read() for each in found] == [b"mine"]
    with second.left_behind() as found:
        assert found == []
    second.close()
    assert not list(tmp_path.iterdir())


def test_what_could_not_be_brought_in_stays(tmp_path: Path) -> None:
    first = Spool(tmp_path)
    first.add(b"kept")
    first.close()
    second = Spool(tmp_path)
    with pytest.raises(RuntimeError), second.left_behind():
        raise RuntimeError("the database is away")
    with second.left_behind() as found:
        assert [each.read() for each in found] == [b"kept"]
    second.close()
