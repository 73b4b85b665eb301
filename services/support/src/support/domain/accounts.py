"""Accounts as they should be, compared with accounts as they are."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from support.domain.organisation import PERSON_ROLES, Person

ACCOUNT_MISSING = "ACCOUNT_MISSING"
ACCOUNT_UNKNOWN = "ACCOUNT_UNKNOWN"
ENABLED = "ENABLED"
NAME = "NAME"
ROLES = "ROLES"


@dataclass(frozen=True, slots=True)
class Account:
    """An account in Keycloak; of its roles only those that a person can hold."""

    id: str
    username: str
    name: str
    enabled: bool
    roles: frozenset[str]


@dataclass(frozen=True, slots=True)
class AccountChange:
    """A person whose account must be looked at; `credential` is the hash of a new first password."""

    id: str
    staff_number: str
    credential: str
    log_out: bool
    attempts: int


@dataclass(frozen=True, slots=True)
class Drift:
    """A difference between our staff and Keycloak."""

    staff_number: str
    what: str
    detail: str
    repaired: bool = False


def differences(person: Person, account: Account | None) -> list[Drift]:
    """Answer how an account differs from what it should be; somebody who does not work needs none."""
    if account is None:
        return [Drift(person.staff_number, ACCOUNT_MISSING, person.name)] if person.active else []
    found: list[Drift] = []
    if account.enabled != person.active:
        was, wanted = ("on", "off") if account.enabled else ("off", "on")
        found.append(Drift(person.staff_number, ENABLED, f"{was} → {wanted}"))
    if account.name != person.name:
        found.append(Drift(person.staff_number, NAME, f"{account.name} → {person.name}"))
    wanted_roles = frozenset(person.roles)
    if account.roles != wanted_roles:
        found.append(Drift(person.staff_number, ROLES, f"{_words(account.roles)} → {_words(wanted_roles)}"))
    return found


def strangers(people: Collection[str], accounts: Mapping[str, Account]) -> list[Drift]:
    """Answer the accounts that nobody has here. They are told of and left alone."""
    known = {number.casefold() for number in people}
    return [
        Drift(account.username, ACCOUNT_UNKNOWN, account.name)
        for username, account in sorted(accounts.items())
        if username not in known
    ]


def held(roles: Collection[str]) -> frozenset[str]:
    """Answer which of these roles are positions of a person."""
    return frozenset(roles) & PERSON_ROLES


def _words(roles: frozenset[str]) -> str:
    return ", ".join(sorted(roles)) or "-"
