"""Latency adds up and answers quantiles within the width of a bucket."""

import random

import pytest

from telemetry.domain.latency import BOUNDS_MS, Latency, measured


def test_nothing_answers_nothing() -> None:
    assert Latency().quantile(0.99) == 0


@pytest.mark.parametrize("share", [0.5, 0.95, 0.99])
def test_a_quantile_lies_in_the_bucket_of_the_true_one(share: float) -> None:
    figures = sorted(random.Random(7).lognormvariate(3, 1) for _ in range(5000))
    counts = [
        sum(low < figure <= high for figure in figures)
        for low, high in zip((0, *BOUNDS_MS), (*BOUNDS_MS, 9e9), strict=True)
    ]
    true = figures[int(share * len(figures))]
    upper = next(bound for bound in BOUNDS_MS if bound >= true)
    lower = max((bound for bound in BOUNDS_MS if bound < true), default=0)
    assert lower <= measured(BOUNDS_MS, counts, sum(figures)).quantile(share) <= upper


def test_other_bounds_and_units_are_taken_into_ours() -> None:
    found = measured([0.005, 0.01, 1], [1, 2, 3, 4], 9.5, scale=1000)
    assert (found.count, found.total_ms) == (10, 9500)
    assert [(BOUNDS_MS[i] if i < len(BOUNDS_MS) else None, n) for i, n in enumerate(found.buckets) if n] == [
        (5, 1),
        (10, 2),
        (1000, 3),
        (None, 4),
    ]


def test_two_add_up() -> None:
    one, other = measured(BOUNDS_MS, [1] * 17, 10), measured(BOUNDS_MS, [2] * 17, 20)
    one.add(other)
    assert (one.count, one.total_ms, one.buckets) == (51, 30, [3] * 17)
