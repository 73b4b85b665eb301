"""Windows, due times, titles, pauses and states: the small rules."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from dispatch.domain.calendar import Calendar, DayFacts
from dispatch.domain.errors import FieldInvalid, OrderEnded, WriteBackNotFailed
from dispatch.domain.forms import FORMS, completion_form, completion_hints
from dispatch.domain.intake import Draft, IntakeFacts, ItemInput, Refused, read_item
from dispatch.domain.rules import GenerationRule
from dispatch.domain.titles import lunar_day_words, occasion_words
from dispatch.domain.words import TaskKind
from dispatch.domain.work_order import OrderState, WorkOrder, order_state
from dispatch.domain.write_back import WriteBack, hopeless, pause

ZONE = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 9, 30, 8, 0, tzinfo=ZONE)
HOLIDAY = Calendar(
    {
        **{date(2026, 10, n): DayFacts(working=False, holiday="国庆节", holiday_start=n == 1) for n in range(1, 8)},
        date(2026, 10, 10): DayFacts(working=True),
    }
)


def rule(**values: object) -> GenerationRule:
    defaults: dict[str, object] = {
        "name": "birthday",
        "enabled": True,
        "days_ahead": 3,
        "due_working_days": 0,
        "groups": "public",
        "priority": 3,
    }
    return GenerationRule(**{**defaults, **values})  # type: ignore[arg-type]  # the values above, some replaced


def test_a_daily_run_goes_on_from_the_last() -> None:
    day = date(2026, 11, 23)
    assert rule().window(day, daily=True) == (day, date(2026, 11, 26))
    assert rule(covered_on=date(2026, 11, 20)).window(day, daily=True) == (date(2026, 11, 20), date(2026, 11, 26))
    assert rule(covered_on=date(2026, 11, 20)).window(day, daily=False) == (day, date(2026, 11, 26))
    assert rule(covered_on=date(2026, 6, 1)).window(day, daily=True)[0] == day - timedelta(days=31)
    assert rule(covered_on=date(2026, 11, 25)).window(day, daily=True)[0] == day


def test_a_rule_never_covers_backwards() -> None:
    found = rule(covered_on=date(2026, 11, 25))
    found.cover(date(2026, 11, 23))
    assert found.covered_on == date(2026, 11, 25)


def test_due_times() -> None:
    wednesday = NOW.date()
    assert rule().due(date(2026, 10, 2), wednesday, HOLIDAY, ZONE) == datetime(2026, 10, 2, 17, 30, tzinfo=ZONE)
    assert rule().due(date(2026, 9, 1), wednesday, HOLIDAY, ZONE) == datetime(2026, 9, 30, 17, 30, tzinfo=ZONE)
    assert rule(due_working_days=3).due(date(2026, 10, 2), wednesday, HOLIDAY, ZONE).date() == date(2026, 10, 10)
    assert rule(due_working_days=3).due(date(2026, 10, 2), wednesday, Calendar(), ZONE).date() == date(2026, 10, 5)


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"days_ahead": 31}, "days_ahead"),
        ({"due_working_days": -1}, "due_working_days"),
        ({"priority": 0}, "priority"),
        ({"groups": ["vip"]}, "groups"),
        ({"groups": []}, "groups"),
    ],
)
def test_a_rule_refuses_wrong_values(values: dict[str, object], field: str) -> None:
    found = rule()
    new: dict[str, object] = {
        "enabled": True,
        "days_ahead": 1,
        "due_working_days": 1,
        "groups": ["public"],
        "priority": 1,
        **values,
    }
    with pytest.raises(FieldInvalid) as refusal:
        found.change(**new)  # type: ignore[arg-type]  # wrong on purpose
    assert (refusal.value.data["field"], found.version, found.days_ahead) == (field, 1, 3)


def test_words() -> None:
    assert [occasion_words(key) for key in ("S1122", "L1013", "X0615", "L0101", "L1230", "L0220")] == [
        "11月22日",
        "农历十月十三",
        "农历闰六月十五",
        "农历正月初一",
        "农历腊月三十",
        "农历二月二十",
    ]
    assert len({lunar_day_words(day) for day in range(1, 31)}) == 30


def test_pauses_grow_to_five_minutes() -> None:
    full = [pause(attempts, 1.0).total_seconds() for attempts in range(1, 12)]
    assert full == [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300]
    assert all(
        1 <= pause(attempts, luck).total_seconds() <= 300 for attempts in (1, 5, 400) for luck in (0.0, 0.5, 1.0)
    )
    assert [hopeless(error) for error in ("HTTP_400", "HTTP_404", "NOT_CONFIGURED")] == [True] * 3
    assert [
        hopeless(error)
        for error in ("HTTP_408", "HTTP_425", "HTTP_429", "HTTP_500", "HTTP_302", "TIMEOUT", "CONNECTION")
    ] == [False] * 7


def test_a_write_back_is_given_up_after_a_day_and_not_before() -> None:
    found = WriteBack(
        id="w",
        task_id="t",
        system="s",
        external_id="e",
        outcome="completed",
        body_json="{}",
        sequence=1,
        created_at=NOW,
        started_at=NOW,
    )
    found.fail("HTTP_503", NOW + timedelta(hours=23, minutes=59), 0.5)
    assert not found.settled
    with pytest.raises(WriteBackNotFailed):
        found.send_again(NOW)
    found.fail("HTTP_503", NOW + timedelta(hours=24), 0.5)
    assert (found.state, found.next_attempt_at) == ("failed", None)


@pytest.mark.parametrize(
    ("items", "state"),
    [
        ("acknowledged", "acknowledged"),
        ("rejected", "rejected"),
        ("rejected rejected", "rejected"),
        ("acknowledged rejected", "acknowledged"),
        ("acknowledged inProgress", "inProgress"),
        ("completed acknowledged", "inProgress"),
        ("cancelled acknowledged", "inProgress"),
        ("completed completed", "completed"),
        ("cancelled cancelled", "cancelled"),
        ("completed cancelled", "partial"),
        ("completed rejected", "partial"),
        ("cancelled rejected", "partial"),
    ],
)
def test_the_state_of_an_order(items: str, state: str) -> None:
    assert order_state([OrderState(each) for each in items.split()]) == state


def test_an_ended_order_cannot_be_taken_back() -> None:
    order = WorkOrder(id="o", source="s", document_json="{}", content_hash="h", created_at=NOW, state_changed_at=NOW)
    assert order.follow([OrderState.COMPLETED], NOW) == "acknowledged"
    assert (order.completed_at, order.version) == (NOW, 2)
    assert order.follow([OrderState.COMPLETED], NOW) is None
    with pytest.raises(OrderEnded):
        order.cancel("x", NOW)


def test_when_an_inbound_item_is_due() -> None:
    facts = IntakeFacts(NOW.astimezone(UTC), HOLIDAY, ZONE)
    cases = {
        # Nine hours on 30 September, nine on 8 October: the holiday between does not count.
        "": datetime(2026, 10, 8, 17, 30, tzinfo=ZONE),
        "2026-10-03T10:00:00Z": datetime(2026, 10, 3, 10, tzinfo=UTC),
        "2026-10-03T10:00:00.9+08:00": datetime(2026, 10, 3, 10, tzinfo=ZONE),
        "2026-10-03T10:00:00": datetime(2026, 10, 3, 10, tzinfo=ZONE),
    }
    for text, due_at in cases.items():
        read = read_item(ItemInput("1", title="x", due_at=text), facts)
        assert isinstance(read, Draft), text
        assert read.due_at == due_at
    for text in ("soon", "1999-12-31T00:00:00Z", "2101-01-01T00:00:00Z", "2026-13-01T00:00:00Z"):
        assert isinstance(read_item(ItemInput("1", title="x", due_at=text), facts), Refused)


def test_kinds_of_outsiders() -> None:
    facts = IntakeFacts(NOW, HOLIDAY, ZONE)
    kinds = {
        word: getattr(read_item(ItemInput("1", kind=word, title="x"), facts), "kind", None)
        for word in ("Visit ", "repair", "", "holiday")
    }
    assert kinds == {"Visit ": "visit", "repair": "other", "": "other", "holiday": "other"}


@pytest.mark.parametrize("kind", list(TaskKind))
def test_every_kind_has_a_form_in_both_languages(kind: TaskKind) -> None:
    chinese, english = completion_form(kind, "zh-CN"), completion_form(kind, "en")
    assert chinese["properties"].keys() == english["properties"].keys() == set(completion_hints(kind)["ui:order"])
    assert chinese["properties"]["result_code"]["title"] == "结果"
    assert english["properties"]["result_code"]["title"] == "Result"
    assert set(FORMS[kind].demands) <= set(FORMS[kind].results)
    assert set(FORMS[kind].demands.values()) <= set(FORMS[kind].fields)
