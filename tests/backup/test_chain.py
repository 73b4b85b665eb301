"""Which backup and which pieces of the log bring a cluster to a moment."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from backup_tool.catalogue import PIECE_BYTES, Full, Piece, Timeline
from backup_tool.chain import Holdings, Plan, Window, plan, windows
from backup_tool.errors import GapError, OutsideWindowError

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
BEGINNING = Timeline(1, datetime.min.replace(tzinfo=UTC))


def minutes(count: float) -> datetime:
    return NOON + timedelta(minutes=count)


def full(name: str, at: float, piece: int, timeline: int = 1) -> Full:
    """A full backup that ended in the middle of a piece of the log."""
    lsn = piece * PIECE_BYTES + 1000
    return Full(name, minutes(at - 1), minutes(at), timeline, lsn, lsn + 500, 10, 100, "sum", "key", 180004)


def piece(number: int, at: float, timeline: int = 1, partial: bool = False) -> Piece:
    name = f"{timeline:08X}{number // 256:08X}{number % 256:08X}"
    return Piece(name, minutes(at), Path(f"{name}.gz.age"), "sum", partial)


def numbers(chosen: Plan) -> list[tuple[int, int]]:
    return [(one.timeline, one.number) for one in chosen.pieces]


TWO = Holdings(
    [full("first", 0, 3), full("second", 60, 8)],
    [*(piece(number, (number - 3) * 10 + 5) for number in range(3, 12)), piece(12, 95, partial=True)],
    {1: BEGINNING},
)


def test_the_latest_moment_needs_the_newest_backup_and_every_piece_after_it() -> None:
    chosen = plan(TWO, None)
    assert (chosen.full.id, chosen.timeline, numbers(chosen)) == ("second", 1, [(1, number) for number in range(8, 13)])


def test_a_moment_between_two_backups_needs_the_one_before_it() -> None:
    assert plan(TWO, minutes(59)).full.id == "first"
    assert plan(TWO, minutes(60)).full.id == "second"


def test_a_piece_that_straddles_two_numbers_of_a_file_is_followed() -> None:
    held = Holdings([full("one", 0, 255)], [piece(255, 1), piece(256, 2), piece(257, 3)], {1: BEGINNING})
    assert [one.name[8:] for one in plan(held, None).pieces] == [
        "00000000000000FF",
        "0000000100000000",
        "0000000100000001",
    ]


@pytest.mark.parametrize("at", [-0.1, 95.1])
def test_a_moment_outside_is_refused_and_the_window_named(at: float) -> None:
    with pytest.raises(OutsideWindowError) as refused:
        plan(TWO, minutes(at))
    for end in (minutes(0), minutes(95)):
        assert end.astimezone().strftime("%Y-%m-%d %H:%M:%S") in str(refused.value)


def test_without_a_backup_the_remedy_is_named() -> None:
    with pytest.raises(OutsideWindowError, match="make backup"):
        plan(Holdings([], [], {1: BEGINNING}), None)


def test_a_missing_piece_is_named_and_what_lies_before_it_can_be_had() -> None:
    held = replace(TWO, pieces=[one for one in TWO.pieces if one.number != 10])
    with pytest.raises(GapError, match="00000001000000000000000A"):
        plan(held, None)
    with pytest.raises(GapError, match="00000001000000000000000A"):
        plan(held, minutes(90))
    assert numbers(plan(held, minutes(62))) == [(1, 8), (1, 9)]
    assert windows(held) == [Window(minutes(0), minutes(65))]


def test_a_later_backup_begins_another_window_after_a_gap() -> None:
    held = replace(TWO, pieces=[one for one in TWO.pieces if one.number != 6])
    assert windows(held) == [Window(minutes(0), minutes(25)), Window(minutes(60), minutes(95))]
    assert plan(held, None).full.id == "second"


def test_a_damaged_backup_is_passed_over_for_the_one_before_it() -> None:
    held = replace(TWO, fulls=[TWO.fulls[0], replace(TWO.fulls[1], damage="torn")])
    assert numbers(plan(held, None)) == [(1, number) for number in range(3, 13)]


# At minute 100 the cluster was put back to minute 32, which lies in piece 6: from there the second timeline runs.
PUT_BACK = Holdings(
    [*TWO.fulls, full("third", 110, 8, timeline=2)],
    [*TWO.pieces, piece(6, 101, 2), piece(7, 105, 2), piece(8, 112, 2), piece(9, 120, 2, partial=True)],
    {1: BEGINNING, 2: Timeline(2, minutes(100), 1, 6 * PIECE_BYTES + 77)},
)


def test_after_a_restore_the_latest_is_on_the_new_timeline() -> None:
    chosen = plan(PUT_BACK, None)
    assert (chosen.full.id, chosen.timeline, numbers(chosen)) == ("third", 2, [(2, 8), (2, 9)])


def test_a_moment_on_the_new_timeline_before_its_first_backup_goes_through_the_old_one() -> None:
    chosen = plan(PUT_BACK, minutes(104))
    assert (chosen.full.id, chosen.timeline) == ("first", 2)
    # Piece 6 of both: PostgreSQL leaves the old timeline within it. Nothing of the old one after that.
    assert sorted(numbers(chosen)) == [(1, 3), (1, 4), (1, 5), (1, 6), (2, 6), (2, 7), (2, 8), (2, 9)]


def test_a_moment_that_the_restore_undid_can_still_be_had() -> None:
    chosen = plan(PUT_BACK, minutes(90))
    assert (chosen.full.id, chosen.timeline) == ("second", 1)


def test_no_moment_lies_between_the_end_of_the_old_timeline_and_the_restore() -> None:
    assert windows(PUT_BACK) == [Window(minutes(0), minutes(95)), Window(minutes(100), minutes(120))]
