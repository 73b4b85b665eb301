"""Each fault of a branch's day is on the page within a minute and names the part that has it; nothing else is blamed."""

from collections.abc import Callable
from datetime import timedelta

import nats.js.errors
import psycopg.errors
import pytest
from sqlalchemy.exc import OperationalError

from telemetry.domain.backup import Backup, Drill
from telemetry.domain.parts import Gauge
from tests.telemetry.signals import NOON, Control, Speaker

PARTS = ("gateway", "dispatch", "customer", "telemetry")


@pytest.fixture
def control() -> Control:
    """Everything is well for a minute."""
    found = Control(*PARTS)
    assert found.run(60) == []
    assert found.going_on() == set()
    return found


def wrapped(error: Exception) -> OperationalError:
    return OperationalError("UPDATE relay", {}, error)


@pytest.mark.parametrize(
    ("error", "cause"),
    [
        (wrapped(psycopg.OperationalError("connection to server failed: Connection refused")), "UNREACHABLE"),
        (TimeoutError(), "TIMEOUT"),
        (wrapped(psycopg.errors.DiskFull("could not extend file: No space left on device")), "DISK_FULL"),
    ],
    ids=["gone", "stuck", "full"],
)
def test_a_database_that_is_gone_stuck_or_full_is_named(control: Control, error: Exception, cause: str) -> None:
    for part in PARTS[1:]:
        control.speakers[part].depends("database", error)
        control.speakers[part].call("toy/Do", "UNAVAILABLE", times=100)
    assert control.until("dependency_down", "postgres") <= 30
    # Their calls fail as well, but through no fault of their own.
    assert control.going_on() == {("dependency_down", "postgres")}
    (alert,) = control.watch.open.values()
    assert alert.detail == f"{cause} (customer, dispatch, telemetry)"
    for part in PARTS[1:]:
        control.speakers[part].depends("database")
    # Neither while it lasts nor afterwards, when the last minutes still hold these failures.
    control.run(400)
    assert {alert.rule for alert in control.told} == {"dependency_down"}
    assert control.going_on() == set()


def test_a_database_that_answers_slowly_to_everybody_is_named(control: Control) -> None:
    for part in PARTS[1:]:
        control.speakers[part].depends("database", took=2.1)
    assert control.until("dependency_slow", "postgres") <= 30
    assert control.going_on() == {("dependency_slow", "postgres")}


def test_one_who_waits_alone_is_not_the_databases_fault(control: Control) -> None:
    control.speakers["customer"].depends("database", took=2.1)
    control.run(60)
    assert control.going_on() == set()


def test_a_broker_that_refuses_to_store_is_named(control: Control) -> None:
    full = nats.js.errors.ServerError(code=503, err_code=10047, description="insufficient storage resources available")
    for part in PARTS:
        control.speakers[part].depends("nats", full)
    assert control.until("dependency_down", "nats") <= 30
    assert {alert.detail for alert in control.watch.open.values()} == {
        "DISK_FULL (customer, dispatch, gateway, telemetry)"
    }


def test_a_broker_that_lost_its_store_is_named_although_it_answers_again(control: Control) -> None:
    control.speakers["dispatch"].count("crm.broker.store_lost")
    assert control.until("broker_store_lost", "nats") <= 20
    assert control.going_on() == {("broker_store_lost", "nats")}
    control.run(11 * 60)
    assert control.going_on() == set()


def test_a_part_that_falls_silent_is_named(control: Control) -> None:
    del control.speakers["dispatch"]
    assert control.until("part_silent", "dispatch") <= 50
    assert control.going_on() == {("part_silent", "dispatch")}


def test_a_part_that_never_came_is_missed() -> None:
    control = Control("dispatch")
    control.board.expected += ("customer",)
    control.board.part("customer")
    assert control.until("part_silent", "customer") <= 50


def test_a_part_that_the_gateway_cannot_reach_is_named(control: Control) -> None:
    control.speakers["gateway"].depends("dispatch", ConnectionRefusedError("connection refused"))
    assert control.until("dependency_down", "dispatch") <= 30


def test_a_part_that_was_killed_is_named_although_it_is_back_at_once(control: Control) -> None:
    control.speakers["dispatch"] = Speaker("dispatch", control.now)
    assert control.until("part_crashed", "dispatch") <= 40
    assert control.going_on() == {("part_crashed", "dispatch")}


def test_a_part_that_was_stopped_on_purpose_did_not_crash(control: Control) -> None:
    control.speakers["dispatch"].gauge("crm.process.stopping", 1)
    control.run(10)
    control.speakers["dispatch"] = Speaker("dispatch", control.now)
    control.run(60)
    assert control.going_on() == set()


def test_two_that_stand_side_by_side_through_a_hand_over_did_not_crash(control: Control) -> None:
    control.speakers["before"] = control.speakers["gateway"]
    control.speakers["gateway"] = Speaker("gateway", control.now)
    control.speakers["gateway"].depends("nats")
    control.run(30)
    control.speakers["before"].gauge("crm.process.stopping", 1)
    control.run(10)
    del control.speakers["before"]
    control.run(60)
    assert control.going_on() == set()
    assert not control.board.parts["gateway"].stopping


def test_a_part_that_finds_its_predecessor_broken_off_crashed(control: Control) -> None:
    """Also when nobody was listening when it happened."""
    control.speakers["dispatch"].count("crm.process.broken_off")
    assert control.until("part_crashed", "dispatch") <= 20
    assert control.going_on() == {("part_crashed", "dispatch")}


def test_a_power_cut_is_named_once_and_no_part_is_blamed() -> None:
    control = Control(*PARTS)
    for part in ("dispatch", "customer", "telemetry"):
        control.speakers[part].count("crm.process.broken_off")
    assert control.until("power_cut", "server") <= 20
    assert control.going_on() == {("power_cut", "server")}
    assert [alert.detail for alert in control.watch.open.values()] == ["customer, dispatch, telemetry"]
    control.run(11 * 60)
    assert control.going_on() == set()


@pytest.mark.parametrize(("by", "detail"), [(timedelta(days=-2), "BACK"), (timedelta(days=2), "FORWARD")])
def test_a_clock_that_is_set_is_named_and_what_is_known_keeps_its_age(
    control: Control, by: timedelta, detail: str
) -> None:
    control.set_clock(by)
    assert control.until("clock_set", "server") <= 20
    assert control.going_on() == {("clock_set", "server")}
    assert [(alert.value, alert.detail) for alert in control.watch.open.values()] == [(48.0, detail)]
    # Who falls silent now is missed as quickly as ever, and nobody else is.
    del control.speakers["dispatch"]
    assert control.until("part_silent", "dispatch") <= 50
    control.run(11 * 60)
    assert control.going_on() == {("part_silent", "dispatch")}


def test_a_clock_that_was_set_back_while_nobody_looked_is_named(control: Control) -> None:
    control.clock.last_known(control.now + timedelta(days=2), control.now)
    assert control.until("clock_set", "server") <= 20
    control.clock.last_known(control.now - timedelta(minutes=3), control.now)
    assert control.board.clock_set is not None
    assert control.board.clock_set[1] == pytest.approx(-172_800)


def test_a_busy_machine_or_a_time_server_sets_no_clock(control: Control) -> None:
    control.set_clock(timedelta(seconds=-40))
    control.run(30)
    assert control.going_on() == set()


def test_calls_that_fail_without_another_to_blame_are_the_parts_own(control: Control) -> None:
    speaker = control.speakers["customer"]
    speaker.call("toy/Do", "OK", times=90)
    speaker.call("toy/Do", "INTERNAL", times=10)
    assert control.until("error_rate", "customer") <= 60
    assert control.going_on() == {("error_rate", "customer")}
    assert [alert.value for alert in control.watch.open.values()] == [10.0]


def test_callers_that_are_rightly_refused_are_no_alert(control: Control) -> None:
    control.speakers["customer"].call("toy/Do", "PERMISSION_DENIED", times=100)
    control.run(60)
    assert control.going_on() == set()


def test_slow_calls_are_named(control: Control) -> None:
    control.speakers["customer"].call("toy/Do", ms=1800, times=60)
    assert control.until("latency_p99", "customer") <= 60
    assert control.going_on() == {("latency_p99", "customer")}


def old_outbox(speaker: Speaker) -> None:
    speaker.gauge("crm.outbox.oldest_seconds", 61)


def dead_letter(speaker: Speaker) -> None:
    speaker.gauge("crm.dead_letters.waiting", 1)


def old_certificate(speaker: Speaker) -> None:
    speaker.gauge("crm.certificate.days_left", 13.5, certificate="tls.crt")


@pytest.mark.parametrize(
    ("happens", "rule"),
    [(old_outbox, "outbox_oldest"), (dead_letter, "dead_letters"), (old_certificate, "certificate_expiring")],
)
def test_queues_and_certificates(control: Control, happens: Callable[[Speaker], None], rule: str) -> None:
    happens(control.speakers["dispatch"])
    assert control.until(rule, "dispatch") <= 20
    assert control.going_on() == {(rule, "dispatch")}


def test_a_disk_that_fills_up_is_named_twice_the_second_time_louder(control: Control) -> None:
    control.board.disks["postgres"] = (9, 100)
    control.run(10)
    assert control.going_on() == {("disk_low", "postgres")}
    control.board.disks["postgres"] = (2, 100)
    control.run(10)
    assert control.going_on() == {("disk_low", "postgres"), ("disk_full", "postgres")}
    control.board.disks["postgres"] = (50, 100)
    control.run(40)
    assert control.going_on() == set()


def test_a_backup_that_failed_is_old_or_cannot_be_restored(control: Control) -> None:
    control.board.backup = Backup(ok=False, finished_at=NOON.replace(day=20), drill=Drill(NOON, ok=False))
    control.run(10)
    assert control.going_on() == {("backup_failed", "backup"), ("drill_failed", "backup"), ("backup_old", "backup")}
    control.board.backup = Backup(ok=True, finished_at=NOON, drill=Drill(NOON, ok=True))
    control.run(40)
    assert control.going_on() == set()


def test_a_backup_that_says_nothing_any_more_is_named(control: Control) -> None:
    control.board.backup = Backup(ok=True, finished_at=control.now)
    control.board.backup_heard_at = control.now
    control.run(170)
    assert control.going_on() == set()
    assert control.until("part_silent", "backup") <= 30
    control.board.backup_heard_at = control.now
    control.run(40)
    assert control.going_on() == set()


def test_a_part_that_others_tell_of_is_not_missed(control: Control) -> None:
    """PostgreSQL says nothing itself; that its certificate is looked at makes it no part that ought to."""
    control.board.part("postgres").gauges["crm.certificate.days_left", "tls.crt"] = Gauge(80.0, control.now)
    control.run(60)
    assert control.going_on() == set()
    control.board.part("postgres").gauges["crm.certificate.days_left", "tls.crt"] = Gauge(8.0, control.now)
    control.run(10)
    assert control.going_on() == {("certificate_expiring", "postgres")}


def test_where_a_backup_must_be_its_absence_is_told() -> None:
    control = Control("dispatch")
    control.run(360)
    assert control.going_on() == set()
    control.board.backup_expected = True
    control.run(10)
    assert control.going_on() == {("backup_old", "backup")}


def test_silence_is_expected_where_telemetry_goes_elsewhere(control: Control) -> None:
    control.board.sent_elsewhere = "http://collector:4317"
    control.speakers.clear()
    control.run(120)
    assert control.going_on() == set()
