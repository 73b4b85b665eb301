"""Alerts by mail, through the branch's own server."""

import asyncio
import smtplib
import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from email.message import EmailMessage
from urllib.parse import urlsplit

from telemetry.domain.notices import Notice, text_of

TIMEOUT = 15.0


@dataclass(frozen=True)
class Mail:
    """A mail server and who is written to."""

    url: str
    sender: str
    to: Sequence[str]
    user: str = ""
    password: str = ""

    async def send(self, notice: Notice) -> None:
        """Sends a message."""
        await asyncio.to_thread(self._deliver, self._letter(notice))

    def _letter(self, notice: Notice) -> EmailMessage:
        letter = EmailMessage()
        letter["Subject"], text = text_of(notice.alert)
        letter["From"] = self.sender
        letter["To"] = ", ".join(self.to)
        # The same message tried twice has one id, and the two about an alert lie together.
        letter["Message-ID"] = f"<{notice.id}@crm>"
        letter["References"] = f"<{notice.alert.id}@crm>"
        letter.set_content(text)
        return letter

    def _deliver(self, letter: EmailMessage) -> None:
        with self._connect() as server:
            if self.user:
                server.login(self.user, self.password)
            server.send_message(letter)

    def _connect(self) -> smtplib.SMTP:
        parts = urlsplit(self.url)
        host, context = parts.hostname or "localhost", ssl.create_default_context()
        if parts.scheme == "smtps":
            return smtplib.SMTP_SSL(host, parts.port or 465, timeout=TIMEOUT, context=context)
        server = smtplib.SMTP(host, parts.port or 25, timeout=TIMEOUT)
        if server.ehlo()[0] == 250 and server.has_extn("starttls"):
            server.starttls(context=context)
        return server
