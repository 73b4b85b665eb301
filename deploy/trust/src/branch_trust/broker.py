"""The broker's configuration: the same for `make run`, for containers and for tests, but for places and certificates."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePath

from branch_trust.broker_users import USERS, User, hears, says

MAX_PAYLOAD = 8 * 1024 * 1024
ACCOUNT = "CRM"
"""The account of everybody but the broker itself."""
ANYBODY = "tests"
"""A user without limits, for tests alone: it exists only where a password is given for it."""
SYSTEM = "system"
"""The user of the broker's own account: sees connections, may publish nothing of the branch."""


@dataclass(frozen=True)
class Broker:
    """What differs from one broker to the next."""

    listen: str
    name: str
    store: PurePath
    passwords: Mapping[str, str]
    """The password of every user; one without a password does not exist."""
    certificates: PurePath | None = None
    """A folder with ca.crt, tls.crt and tls.key: nobody connects without a certificate of that authority."""
    max_file_store: str = "16GB"
    users: Sequence[User] = USERS
    monitoring: str = ""
    """Where it tells how it is, to anybody who asks: an address that nobody else reaches. Empty: nowhere."""
    monitor: str = ""
    """Where /healthz is asked, for whoever starts an ailing broker again; an address that only this machine reaches."""

    def render(self) -> str:
        """Answers the configuration file; it holds passwords."""
        return "\n".join([*self._server(), *self._transport(), *self._accounts(), ""])

    def _server(self) -> list[str]:
        # sync_interval: the default loses acknowledged messages in a power cut (nats-server issue 7564).
        return [
            f"listen: {_quoted(self.listen)}",
            f"server_name: {_quoted(self.name)}",
            f"max_payload: {MAX_PAYLOAD}",
            *([f"http: {_quoted(self.monitoring)}"] if self.monitoring else []),
            *([f"http: {_quoted(self.monitor)}"] if self.monitor else []),
            "jetstream {",
            f"  store_dir: {_quoted(str(self.store))}",
            "  sync_interval: always",
            "  max_memory_store: 64MB",
            f"  max_file_store: {self.max_file_store}",
            "}",
        ]

    def _transport(self) -> list[str]:
        if self.certificates is None:
            return []
        files = {"cert_file": "tls.crt", "key_file": "tls.key", "ca_file": "ca.crt"}
        lines = (f"  {key}: {_quoted(str(self.certificates / file))}" for key, file in files.items())
        return ["tls {", *lines, "  verify: true", "  timeout: 5", "}"]

    def _accounts(self) -> list[str]:
        lines = ["system_account: SYS", "accounts {"]
        if SYSTEM in self.passwords:
            lines += ["  SYS {", "    users: [", self._user(SYSTEM), "    ]", "  }"]
        else:
            lines += ["  SYS {}"]
        users = [
            self._limited(user.name, says(user), hears(user)) for user in self.users if user.name in self.passwords
        ]
        if ANYBODY in self.passwords:
            users.append(self._user(ANYBODY))
        return [*lines, f"  {ACCOUNT} {{", "    jetstream: enabled", "    users: [", *users, "    ]", "  }", "}"]

    def _user(self, name: str, permissions: str = "") -> str:
        return f"      {{ user: {_quoted(name)}, password: {_quoted(self.passwords[name])}{permissions} }}"

    def _limited(self, name: str, may_say: list[str], may_hear: list[str]) -> str:
        say, hear = (
            "".join(f"\n          {_quoted(subject)}" for subject in subjects) for subjects in (may_say, may_hear)
        )
        return self._user(
            name,
            f", permissions {{\n        publish: {{ allow: [{say}\n        ] }}"
            f"\n        subscribe: {{ allow: [{hear}\n        ] }}\n      }}",
        )


def _quoted(text: str) -> str:
    return json.dumps(text)
