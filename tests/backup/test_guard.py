"""When commits wait for the second disk."""

from backup_tool.guard import CLOSE_ENOUGH, SETTLED, Guard, Seen

WELL = Seen(waiting=True, streaming=True, lag=0, flushed=100)
GONE = Seen(waiting=True, streaming=False, lag=0, flushed=0)


def test_a_disk_that_keeps_up_changes_nothing() -> None:
    guard = Guard(away_after=10)
    assert [guard.decide(second, WELL) for second in range(30)] == [None] * 30


def test_commits_stop_waiting_once_the_receiver_was_away_long_enough() -> None:
    guard = Guard(away_after=10)
    assert [guard.decide(second, GONE) for second in range(12)] == [None] * 10 + [False, False]


def test_a_receiver_that_comes_back_in_time_is_forgiven() -> None:
    guard = Guard(away_after=10)
    answers = [guard.decide(second, GONE if second % 9 else WELL) for second in range(40)]
    assert answers == [None] * 40


def test_a_disk_that_hangs_counts_as_away_though_its_receiver_is_connected() -> None:
    guard = Guard(away_after=10)
    stuck = Seen(waiting=True, streaming=True, lag=5000, flushed=100)
    guard.decide(0, WELL)
    assert [guard.decide(second, stuck) for second in range(1, 13)] == [None] * 10 + [False, False]


def test_a_slow_disk_that_moves_is_waited_for() -> None:
    guard = Guard(away_after=10)
    moving = [Seen(waiting=True, streaming=True, lag=5000, flushed=second) for second in range(60)]
    assert [guard.decide(second, seen) for second, seen in enumerate(moving)] == [None] * 60


def test_commits_wait_again_once_it_has_kept_up_for_a_moment() -> None:
    guard = Guard(away_after=10)
    back = Seen(waiting=False, streaming=True, lag=0, flushed=200)
    far = Seen(waiting=False, streaming=True, lag=CLOSE_ENOUGH + 1, flushed=150)
    assert guard.decide(0, far) is None
    assert [guard.decide(1 + second, back) for second in range(int(SETTLED) + 1)] == [None] * int(SETTLED) + [True]
