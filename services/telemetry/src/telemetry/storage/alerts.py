"""Alerts and the messages about them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, case, delete, false, func, insert, or_, select, true, update

from chassis.database import Unit
from telemetry.domain.alerts import Alert
from telemetry.domain.notices import Notice
from telemetry.domain.rules import Severity
from telemetry.storage.tables import alerts, notices


@dataclass(frozen=True)
class Told:
    """How many messages about an alert left, and how many wait."""

    sent: int = 0
    waiting: int = 0


def keep(unit: Unit, changed: Sequence[Alert], told: Sequence[Notice]) -> None:
    """Write what changed of alerts and messages; whatever is known is written over."""
    for alert in changed:
        values = _alert_row(alert)
        done = unit.session.execute(update(alerts).where(alerts.c.id == alert.id).values(**values))
        if done.rowcount == 0:  # type: ignore[attr-defined]  # a cursor result
            unit.session.execute(insert(alerts).values(id=alert.id, **values))
    for notice in told:
        values = _notice_row(notice)
        done = unit.session.execute(update(notices).where(notices.c.id == notice.id).values(**values))
        if done.rowcount == 0:  # type: ignore[attr-defined]  # a cursor result
            unit.session.execute(insert(notices).values(id=notice.id, **values))


def _alert_row(alert: Alert) -> dict[str, object]:
    return {
        "rule": alert.rule,
        "part": alert.part,
        "subject": alert.subject[:200] or None,
        "severity": int(alert.severity),
        "figure": alert.value,
        "limit_figure": alert.limit,
        "detail": alert.detail[:400] or None,
        "began_at": alert.began_at,
        "open": alert.ended_at is None,
        "ended_at": alert.ended_at,
    }


def _notice_row(notice: Notice) -> dict[str, object]:
    return {
        "alert_id": notice.alert.id,
        "channel": notice.channel,
        "moment": notice.moment,
        "tries": min(notice.tries, 30_000),
        "due_at": notice.due_at,
        "waiting": notice.sent_at is None,
        "sent_at": notice.sent_at,
    }


def going_on(unit: Unit) -> list[Alert]:
    """Answer the alerts that go on."""
    return [_alert(row) for row in unit.session.execute(select(alerts).where(alerts.c.open == true()))]


def unsent(unit: Unit) -> list[Notice]:
    """Answer the messages that still wait to be sent."""
    columns = [column.label(f"of_{column.name}") for column in alerts.c]
    joined = select(notices, *columns).join_from(notices, alerts, alerts.c.id == notices.c.alert_id)
    found: list[Notice] = []
    for row in unit.session.execute(joined.where(notices.c.waiting == true())):
        alert = Alert(
            row.of_id,
            row.of_rule,
            row.of_part,
            row.of_subject or "",
            Severity(row.of_severity),
            float(row.of_figure),
            float(row.of_limit_figure),
            row.of_detail or "",
            row.of_began_at,
            row.of_ended_at if row.moment == "end" else None,
        )
        found.append(Notice(row.id, row.channel, alert, row.due_at, row.tries))
    return found


def listed(unit: Unit, since: datetime, *, only_open: bool, size: int = 200) -> list[Alert]:
    """Answer those that go on first, then the newest."""
    condition = alerts.c.open == true() if only_open else or_(alerts.c.open == true(), alerts.c.began_at >= since)
    order = (case((alerts.c.open == true(), 0), else_=1), alerts.c.began_at.desc(), alerts.c.id.desc())
    rows = unit.session.execute(select(alerts).where(condition).order_by(*order).limit(size))
    return [_alert(row) for row in rows]


def told_of(unit: Unit, ids: Sequence[str]) -> dict[str, Told]:
    """Answer how many messages about each alert left and wait."""
    if not ids:
        return {}
    waiting = func.sum(case((notices.c.waiting == true(), 1), else_=0))
    question = select(notices.c.alert_id, func.count().label("every"), waiting.label("waiting"))
    rows = unit.session.execute(question.where(notices.c.alert_id.in_(ids)).group_by(notices.c.alert_id))
    return {row.alert_id: Told(row.every - row.waiting, row.waiting) for row in rows}


def forget(unit: Unit, before: datetime) -> None:
    """Let go of alerts that ended long ago, and of what was said of them."""
    old = select(alerts.c.id).where(alerts.c.open == false(), alerts.c.began_at < before)
    unit.session.execute(delete(notices).where(notices.c.alert_id.in_(old)))
    unit.session.execute(delete(alerts).where(alerts.c.open == false(), alerts.c.began_at < before))


def _alert(row: Row[Any]) -> Alert:
    return Alert(
        row.id,
        row.rule,
        row.part,
        row.subject or "",
        Severity(row.severity),
        float(row.figure),
        float(row.limit_figure),
        row.detail or "",
        row.began_at,
        row.ended_at,
    )
