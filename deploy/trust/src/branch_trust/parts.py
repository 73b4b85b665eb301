"""The parts of the suite on the branch's server: as whom each runs, what it shows and what it knows.

A part's name is the name of its container. A new service is one line in `PARTS` and one in `broker_users.USERS`.
"""

from collections.abc import Callable
from dataclasses import dataclass

from branch_trust.values import age_key, random_text, sealing_key, typeable

OURS, POSTGRES, NATS, KEYCLOAK = 10001, 999, 10002, 1000
"""The users inside the containers."""
SETUP_GROUP = OURS
"""The container that sets the others up must read the secrets of all of them; it runs with this group."""


@dataclass(frozen=True)
class Part:
    """One container."""

    name: str
    user: int = OURS
    login: str = ""
    """The role of the database that its certificate stands for, where that is not its own name."""
    java: bool = False
    """True for one whose driver of the database reads a key in Java's form only (tls.pk8)."""

    @property
    def common_name(self) -> str:
        """The name its certificate is made out to: PostgreSQL compares it with the role that signs in."""
        return self.login or self.name


PARTS = (
    Part("gateway"),
    Part("dispatch"),
    Part("customer"),
    Part("support"),
    Part("telemetry"),
    Part("postgres", POSTGRES),
    Part("nats", NATS),
    Part("keycloak", KEYCLOAK, java=True),
    Part("backup"),
    # Makes the roles of all the others, so it comes as the administrator of the database.
    Part("setup", login="postgres"),
)
"""Everybody who has a certificate."""


@dataclass(frozen=True)
class Secret:
    """One secret and every place where it lies: beside who proves it and beside who checks it."""

    places: tuple[str, ...]
    """`<folder>/<file>`; a folder is a part, or belongs to the setup alone."""
    make: Callable[[], str] = random_text


def _service(name: str) -> tuple[Secret, ...]:
    return (
        Secret((f"{name}/database_password",)),
        Secret((f"{name}/client_secret",)),
        Secret((f"{name}/nats_password",)),
    )


SECRETS = (
    *_service("dispatch"),
    *_service("customer"),
    *_service("support"),
    *_service("telemetry"),
    # The client with which support keeps accounts; the key that seals what people store for older systems.
    Secret(("support/accounts_secret",)),
    Secret(("support/credential_key",), sealing_key),
    Secret(("gateway/client_secret",)),
    Secret(("gateway/session_key",)),
    Secret(("gateway/nats_password",)),
    Secret(("postgres/superuser_password",)),
    # Of an Oracle of the suite's own (compose.oracle-free.yaml); no part of ours knows it.
    Secret(("oracle/system_password",)),
    Secret(("keycloak/database_password",)),
    Secret(("keycloak/admin_password", "backup/keycloak_admin_password"), typeable),
    Secret(("nats/system_password",)),
    Secret(("backup/database_password",)),
    Secret(("backup/nats_password",)),
    Secret(("backup/nats_restore_password",)),
    # Whoever loses this one cannot restore: docs/operations.md says where a copy belongs.
    Secret(("backup/backup_key",), age_key),
    # The first password of the first administrators; changed at their first sign-in.
    Secret(("people/first_password",), typeable),
    Secret(("clients/gnet-crm", "gnet-crm/client_secret")),
    Secret(("clients/fixed-line-dispatch",)),
    Secret(("clients/ods-files",)),
    # What the older G-net CRM asks of whoever writes back to it.
    Secret(("dispatch/write_back_gnet-crm", "gnet-crm/write_back_token")),
)
"""Every secret of a branch."""

BROKER_PASSWORDS = {
    "system": "nats/system_password",
    "operations": "backup/nats_password",
    "restore": "backup/nats_restore_password",
    **{name: f"{name}/nats_password" for name in ("gateway", "dispatch", "customer", "support", "telemetry")},
}
"""Where the password of each user of the broker lies."""


def user_of(folder: str) -> int:
    """Answers as whom the reader of a folder of secrets runs."""
    return next((part.user for part in PARTS if part.name == folder), OURS)
