"""Alerts as JSON to an address of the branch's own: a chat robot, a pager."""

from dataclasses import dataclass
from typing import Any

import httpx

from chassis.tls import trusted
from telemetry.domain.notices import Notice, text_of

TIMEOUT = 10.0


@dataclass(frozen=True)
class Webhook:
    """An address that takes POSTs."""

    url: str
    token: str = ""

    async def send(self, notice: Notice) -> None:
        """Posts a message; the key tells a repetition from a new one."""
        headers = {"Idempotency-Key": notice.id}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        # Redirects are not followed, they would carry the key elsewhere.
        async with httpx.AsyncClient(timeout=TIMEOUT, trust_env=False, verify=trusted()) as client:
            answer = await client.post(self.url, json=document(notice), headers=headers)
        if not answer.is_success:
            raise ConnectionError(f"the address answered {answer.status_code}")


def document(notice: Notice) -> dict[str, Any]:
    """Answers what is posted."""
    alert, (title, text) = notice.alert, text_of(notice.alert)
    return {
        "id": notice.id,
        "alert": alert.id,
        "moment": notice.moment,
        "rule": alert.rule,
        "part": alert.part,
        "subject": alert.subject,
        "severity": alert.severity.name.lower(),
        "value": alert.value,
        "limit": alert.limit,
        "detail": alert.detail,
        "began_at": alert.began_at.isoformat(),
        "ended_at": alert.ended_at.isoformat() if alert.ended_at else None,
        "title": title,
        "text": text,
    }
