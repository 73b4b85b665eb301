"""An alert begins once and ends once."""

from dataclasses import replace
from datetime import timedelta

from telemetry.domain.alerts import Alert
from telemetry.domain.rules import Severity
from tests.telemetry.signals import NOON, Control


def test_an_alert_begins_once_and_ends_once_however_often_it_is_looked_at() -> None:
    control = Control("dispatch")
    control.run(30)
    control.speakers["dispatch"].gauge("crm.dead_letters.waiting", 3)
    control.run(120)
    control.speakers["dispatch"].gauge("crm.dead_letters.waiting", 0)
    control.run(120)
    assert [(alert.rule, alert.ended_at is None) for alert in control.told] == [
        ("dead_letters", True),
        ("dead_letters", False),
    ]
    begun, ended = control.told
    assert replace(ended, ended_at=None) == begun == control_alert(begun)


def control_alert(alert: Alert) -> Alert:
    return Alert(alert.id, "dead_letters", "dispatch", "", Severity.WARNING, 3, 0, "", NOON + timedelta(seconds=40))


def test_a_trouble_that_pauses_for_a_moment_goes_on() -> None:
    control = Control("dispatch")
    control.run(30)
    for waiting in (1, 0, 1, 0, 1):
        control.speakers["dispatch"].gauge("crm.dead_letters.waiting", waiting)
        control.run(10)
    assert len(control.told) == 1


def test_what_must_hold_is_no_alert_before_it_held() -> None:
    control = Control("dispatch")
    control.run(30)
    control.speakers["dispatch"].gauge("crm.consumer.pending", 5000, "c", consumer="c")
    control.run(110)
    assert control.told == []
    control.run(40)
    assert [(alert.rule, alert.subject) for alert in control.told] == [("consumer_pending", "c")]


def test_the_next_process_goes_on_with_what_goes_on() -> None:
    before = Control("dispatch")
    before.run(30)
    before.speakers["dispatch"].gauge("crm.dead_letters.waiting", 1)
    before.run(20)
    (alert,) = before.told
    after = Control("dispatch")
    after.now = after.board.since = before.now
    assert after.watch.resume([alert], after.now) == []
    after.speakers["dispatch"].gauge("crm.dead_letters.waiting", 1)
    assert after.run(60) == []
    assert after.going_on() == {("dead_letters", "dispatch")}


def test_an_alert_that_began_twice_ends_once_and_goes_on_once() -> None:
    control = Control("dispatch")
    control.run(30)
    control.speakers["dispatch"].gauge("crm.dead_letters.waiting", 1)
    control.run(20)
    (alert,) = control.told
    older = replace(alert, id="00000000-0000-7000-8000-000000009999")
    assert control.watch.resume([older], control.now) == [replace(older, ended_at=control.now)]
    assert control.watch.open[alert.key].id == alert.id
