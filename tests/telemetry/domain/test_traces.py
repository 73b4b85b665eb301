"""Which traces are kept, and what is said of one."""

from telemetry.domain.traces import WAIT, Sampler, Span, Trace

LUCKY, UNLUCKY = bytes(16), b"\xff" * 16


def sampler(share: float = 0.5, most_bytes: int = 1000) -> Sampler[str]:
    return Sampler(share, most_bytes)


def decided(found: Sampler[str], now: float) -> list[tuple[bytes, list[tuple[str, str]]]]:
    return list(found.decided(now))


def test_an_error_or_a_slow_step_keeps_a_whole_trace_and_a_share_is_kept_anyway() -> None:
    found = sampler()
    found.add(UNLUCKY, "gateway", "fine", 10, 0, wanted=False)
    found.add(LUCKY, "gateway", "lucky", 10, 0, wanted=False)
    other = b"\xfe" * 16
    found.add(other, "gateway", "outer", 10, 1, wanted=False)
    found.add(other, "dispatch", "failed", 10, 2, wanted=True)
    assert decided(found, WAIT - 0.1) == []
    assert decided(found, WAIT + 5) == [
        (LUCKY, [("gateway", "lucky")]),
        (other, [("gateway", "outer"), ("dispatch", "failed")]),
    ]
    assert found.size == 0


def test_what_comes_late_follows_the_decision() -> None:
    found = sampler(share=0)
    found.add(UNLUCKY, "gateway", "slow", 10, 0, wanted=True)
    assert len(decided(found, WAIT)) == 1
    found.add(UNLUCKY, "dispatch", "late", 10, 60, wanted=False)
    found.add(LUCKY, "dispatch", "other", 10, 60, wanted=False)
    assert decided(found, 60 + WAIT) == [(UNLUCKY, [("dispatch", "late")])]


def test_what_waits_is_bounded() -> None:
    found = sampler(share=0, most_bytes=100)
    for number in range(1000):
        found.add(number.to_bytes(16, "big"), "gateway", "x", 10, 0, wanted=number == 3)
        kept = decided(found, 0)
        assert [span for _, spans in kept for _, span in spans] == ([] if number != 13 else ["x"])
        assert found.size <= 100


def span(number: str, parent: str, part: str, begin: int, *, failed: bool = False) -> Span:
    return Span(number, parent, part, f"step {number}", begin, 5, "server", failed)


def test_a_trace_begins_with_its_outermost_step_and_fails_where_it_first_went_wrong() -> None:
    trace = Trace(
        "t",
        [
            span("c", "b", "dispatch", 30, failed=True),
            span("b", "a", "dispatch", 20, failed=True),
            span("a", "browser", "gateway", 10, failed=True),
            span("d", "a", "customer", 5),
        ],
    )
    assert (trace.root.span_id, trace.parts, trace.failed_in) == ("a", ("customer", "gateway", "dispatch"), "dispatch")
    assert Trace("t", [span("a", "", "gateway", 1)]).failed_in == ""
