"""Messages about alerts: one when it begins and one when it ends, by every way that is set up; tried until it leaves."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from telemetry.domain.alerts import Alert

LONGEST_PAUSE = timedelta(minutes=10)
GIVE_UP = timedelta(days=2)


@dataclass(frozen=True)
class Notice:
    """One message."""

    id: str
    channel: str
    alert: Alert
    due_at: datetime
    tries: int = 0
    sent_at: datetime | None = None

    @property
    def moment(self) -> str:
        """Whether it tells of the beginning or the end."""
        return "end" if self.alert.ended_at is not None else "onset"

    def failed(self, now: datetime) -> "Notice":
        """Answers the message as it waits for the next try, with growing pauses."""
        pause = min(timedelta(seconds=5 * 2**self.tries), LONGEST_PAUSE)
        return replace(self, tries=self.tries + 1, due_at=now + pause)

    def sent(self, now: datetime) -> "Notice":
        """Answers the message as it left."""
        return replace(self, tries=self.tries + 1, sent_at=now)

    def hopeless(self, now: datetime) -> bool:
        """Says whether nobody needs it any more."""
        told = self.alert.ended_at or self.alert.began_at
        return now - told > GIVE_UP


def text_of(alert: Alert) -> tuple[str, str]:
    """Answers a subject and a body for people, in Chinese and English: whoever reads it may be awake for no other reason."""
    over = alert.ended_at is not None
    about = alert.part + (f" / {alert.subject}" if alert.subject else "")
    head = f"[CRM] {'恢复 · ended' if over else '告警 · alert'}: {about} – {alert.rule}"
    lines = [
        f"部件 Part: {about}",
        f"规则 Rule: {alert.rule}",
        f"数值 Value: {alert.value:g} (限值 limit {alert.limit:g})",
        f"开始 Since: {alert.began_at.isoformat(timespec='seconds')}",
    ]
    if alert.detail:
        lines.insert(3, f"原因 Cause: {alert.detail}")
    if alert.ended_at is not None:
        lines.append(f"结束 Until: {alert.ended_at.isoformat(timespec='seconds')}")
    return head, "\n".join(lines) + "\n"
