"""The secrets of a branch: made once, kept for ever, laid beside everybody who needs them."""

from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from branch_trust.broker import Broker
from branch_trust.files import Owner, make_folder, write
from branch_trust.parts import BROKER_PASSWORDS, SECRETS, SETUP_GROUP, Secret, user_of

FOLDER = "secrets"
BROKER_FILE = "nats/nats.conf"
STORE, CERTIFICATES = PurePosixPath("/data"), PurePosixPath("/run/certs")
"""Where the broker's container finds its store and its certificate."""


class Disagreement(Exception):
    """Two places that must hold the same secret hold different ones; the text says which."""


@dataclass(frozen=True)
class SecretFiles:
    """The folder of secrets."""

    root: Path

    def complete(self, certificates: bool = True) -> list[str]:
        """Writes what is missing, touches no secret that is there, and answers the names of what was written.

        The broker's configuration holds nothing of its own: it follows the passwords and the table of users.
        """
        make_folder(self.root, 0o750, Owner(0, SETUP_GROUP))
        written = [place for secret in SECRETS for place in self._complete(secret)]
        configuration = self.broker(certificates)
        if self._read(BROKER_FILE) != configuration.strip():
            self._write(BROKER_FILE, configuration)
            written.append(BROKER_FILE)
        return written

    def broker(self, certificates: bool = True) -> str:
        """Answers the broker's configuration."""
        passwords = {user: self._read(place) for user, place in BROKER_PASSWORDS.items()}
        return Broker(
            "0.0.0.0:4222",  # the container's own network
            "crm",
            STORE,
            {user: password for user, password in passwords.items() if password},
            CERTIFICATES if certificates else None,
            # The loopback of its own container: for the health check and make status.
            monitoring="127.0.0.1:8222",
        ).render()

    def _complete(self, secret: Secret) -> list[str]:
        there = {place: value for place in secret.places if (value := self._read(place))}
        if len(set(there.values())) > 1:
            raise Disagreement(
                f"{' and '.join(str(self.root / place) for place in there)} must hold the same secret and do not; "
                "keep the right one, delete the other and run this again"
            )
        missing = [place for place in secret.places if place not in there]
        if missing:
            value = next(iter(there.values()), None) or secret.make()
            for place in missing:
                self._write(place, value + "\n")
        return missing

    def _read(self, place: str) -> str:
        path = self.root / place
        return path.read_text(encoding="utf-8").strip() if path.exists() else ""

    def _write(self, place: str, text: str) -> None:
        path = self.root / place
        owner = Owner(user_of(path.parent.name), SETUP_GROUP)
        make_folder(path.parent, 0o750, owner)
        write(path, text.encode(), 0o640, owner)
