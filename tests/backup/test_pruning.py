"""What may go, and that a restorable chain stays."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from backup_tool.catalogue import Full, Snapshot
from backup_tool.chain import Holdings, plan
from backup_tool.pruning import Keep, Pruned, choose
from tests.backup.test_chain import BEGINNING, full, minutes, piece

DAY = 24 * 60
FULLS = [full(f"day {number}", number * DAY, number * 4) for number in range(10)]
PIECES = [piece(number, number * DAY / 4 + 1) for number in range(40)]
SNAPSHOTS = [Snapshot(f"s{number}", minutes(number * DAY / 2), ("KV_audit",), Path()) for number in range(20)]
SIZES = {one.id: 100 for one in FULLS} | {one.file.name: 10 for one in PIECES} | {one.id: 1 for one in SNAPSHOTS}
NOW = minutes(9 * DAY + 60)
AMPLE = Keep(days=1000, count=1000, bytes=0)


def chosen(keep: Keep, fulls: list[Full] | None = None) -> Pruned:
    return choose(keep, NOW, fulls if fulls is not None else FULLS, PIECES, SNAPSHOTS, SIZES)


def names(pruned: Pruned) -> list[str]:
    return [one.id for one in pruned.fulls]


def test_nothing_goes_while_everything_is_within_bounds() -> None:
    assert chosen(AMPLE) == Pruned([], [], [], too_big=False)


def test_the_oldest_go_by_number_with_their_log_and_snapshots() -> None:
    pruned = chosen(replace(AMPLE, count=3))
    assert names(pruned) == [f"day {number}" for number in range(7)]
    assert [one.number for one in pruned.pieces] == list(range(28))
    # The one before the oldest backup fits its first moment.
    assert [one.id for one in pruned.snapshots] == [f"s{number}" for number in range(13)]


def test_every_moment_within_the_days_can_still_be_restored() -> None:
    pruned = chosen(replace(AMPLE, days=3))
    kept = [one for one in FULLS if one not in pruned.fulls]
    held = Holdings(kept, [one for one in PIECES if one not in pruned.pieces], {1: BEGINNING})
    assert plan(held, NOW - timedelta(days=3)).full.id == "day 6"
    assert names(pruned) == [f"day {number}" for number in range(6)]


def test_the_oldest_go_by_size() -> None:
    pruned = chosen(replace(AMPLE, bytes=300))
    assert names(pruned) == [f"day {number}" for number in range(8)]
    assert not pruned.too_big


def test_the_last_good_one_stays_whatever_the_bounds_say() -> None:
    pruned = chosen(Keep(days=0, count=1, bytes=1))
    assert names(pruned) == [f"day {number}" for number in range(9)]
    assert pruned.too_big
    assert {one.number for one in PIECES} - {one.number for one in pruned.pieces} == {36, 37, 38, 39}


def test_a_damaged_backup_does_not_count_as_the_last_good_one() -> None:
    fulls = [*FULLS[:8], *(replace(one, damage="torn") for one in FULLS[8:])]
    pruned = chosen(Keep(days=0, count=1, bytes=1), fulls)
    assert names(pruned) == [f"day {number}" for number in range(7)]
    assert 28 in {one.number for one in PIECES} - {one.number for one in pruned.pieces}


def test_nothing_goes_when_nothing_good_is_left() -> None:
    assert chosen(Keep(0, 1, 1), [replace(one, damage="torn") for one in FULLS]) == Pruned([], [], [], too_big=False)
