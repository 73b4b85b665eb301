"""The accounts of the realm through Keycloak's administration: the only room that knows python-keycloak."""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, TypeVar, cast

from keycloak import KeycloakAdmin
from keycloak.exceptions import KeycloakError
from requests import RequestException

from support.domain.accounts import Account, held
from support.domain.organisation import PERSON_ROLES, Person

T = TypeVar("T")
_PAGE = 500
_SERVICE_ACCOUNT = "service-account-"
_MUST_CHANGE = "UPDATE_PASSWORD"
Json = dict[str, Any]


class AccountsUnavailable(Exception):
    """Keycloak did not answer, or not as it should; `away` when it cannot be reached at all."""

    def __init__(self, error: Exception) -> None:
        # Only what kind of error it was: the text of an answer may repeat what was sent.
        code = getattr(error, "response_code", None)
        super().__init__(f"{type(error).__name__} {code or ''}".strip())
        self.away = code is None or int(code) >= 500


@dataclass
class KeycloakAccounts:
    """The accounts of one realm. Every method may wait for the network and raises `AccountsUnavailable`."""

    url: str
    realm: str
    client_id: str
    secret: str
    # The file of the authority that signed Keycloak's certificate; empty: one of the public ones.
    authority: str = ""
    _admin: KeycloakAdmin | None = None
    _roles: dict[str, Json] = field(default_factory=dict[str, Json])

    def everybody(self) -> dict[str, Account]:
        """Answer every account of a person by its username: a question for 500 accounts, and one or more for each position."""
        return self._asked(self._everybody)

    def find(self, username: str) -> Account | None:
        """Answer one account, or None."""

        def one(admin: Any) -> Account | None:
            found = admin.get_users({"username": username, "exact": True})
            return _account(found[0], admin.get_realm_roles_of_user(found[0]["id"])) if found else None

        return self._asked(one)

    def create(self, person: Person, credential: str) -> Account:
        """Make an account, with a first password's hash that must be changed at once."""

        def make(admin: Any) -> Account:
            user: Json = {
                "username": person.staff_number,
                "firstName": person.name,
                "enabled": person.active,
                "requiredActions": [_MUST_CHANGE],
                "credentials": [json.loads(credential)] if credential else [],
            }
            its_id = admin.create_user(user, exist_ok=False)
            self._give(admin, its_id, person.roles)
            return Account(its_id, person.staff_number, person.name, person.active, frozenset(person.roles))

        return self._asked(make)

    def adapt(self, account: Account, person: Person) -> None:
        """Let an account be as the person is: name, open or closed, roles."""

        def change(admin: Any) -> None:
            if (account.name, account.enabled) != (person.name, person.active):
                # The whole of it: what is missing from the answer would be taken away.
                whole = admin.get_user(account.id)
                names = {"firstName": person.name, "lastName": ""}
                admin.update_user(account.id, {**whole, **names, "enabled": person.active})
            wanted = frozenset(person.roles)
            self._give(admin, account.id, wanted - account.roles)
            if taken := account.roles - wanted:
                admin.delete_realm_roles_of_user(account.id, [self._role(admin, name) for name in sorted(taken)])

        self._asked(change)

    def set_password(self, account: Account, credential: str) -> None:
        """Put a new first password in the place of whatever passwords there are."""

        def change(admin: Any) -> None:
            for known in admin.get_credentials(account.id):
                if known["type"] == "password":
                    admin.delete_credential(account.id, known["id"])
            whole = admin.get_user(account.id)
            actions = sorted({*whole.get("requiredActions", ()), _MUST_CHANGE})
            admin.update_user(
                account.id, {**whole, "requiredActions": actions, "credentials": [json.loads(credential)]}
            )

        self._asked(change)

    def end_sessions(self, account: Account) -> None:
        """End the account's sessions; Keycloak tells the gateway by back-channel logout."""

        def end(admin: Any) -> None:
            admin.user_logout(account.id)

        self._asked(end)

    def _everybody(self, admin: Any) -> dict[str, Account]:
        users = [user for user in _pages(admin.get_users) if not user["username"].startswith(_SERVICE_ACCOUNT)]
        roles: dict[str, set[str]] = {user["id"]: set() for user in users}
        for role in sorted(PERSON_ROLES):
            for user in _pages(lambda query, role=role: admin.get_realm_role_members(role, query)):
                roles.setdefault(user["id"], set()).add(role)
        return {user["username"]: _account(user, [{"name": name} for name in roles[user["id"]]]) for user in users}

    def _give(self, admin: Any, its_id: str, names: Iterable[str]) -> None:
        given = [self._role(admin, name) for name in sorted(names)]
        if given:
            admin.assign_realm_roles(its_id, given)

    def _role(self, admin: Any, name: str) -> Json:
        if name not in self._roles:
            self._roles = {role["name"]: role for role in admin.get_realm_roles()}
        return self._roles[name]

    def _asked(self, question: Callable[[Any], T]) -> T:
        try:
            if self._admin is None:
                self._admin = KeycloakAdmin(
                    server_url=self.url.rstrip("/") + "/",
                    realm_name=self.realm,
                    user_realm_name=self.realm,
                    client_id=self.client_id,
                    client_secret_key=self.secret,
                    timeout=20,
                    verify=self.authority or True,
                )
            return question(cast("Any", self._admin))
        except (KeycloakError, RequestException, KeyError, ValueError) as error:
            # A new sign-in next time: the client may have been given another right or secret.
            self._admin = None
            raise AccountsUnavailable(error) from error


def _pages(ask: Callable[[Json], Any]) -> list[Json]:
    found: list[Json] = []
    while True:
        page: list[Json] = ask({"first": len(found), "max": _PAGE, "briefRepresentation": True})
        found += page
        if len(page) < _PAGE:
            return found


def _account(user: Json, roles: Iterable[Json]) -> Account:
    name = f"{user.get('firstName') or ''} {user.get('lastName') or ''}".strip()
    return Account(user["id"], user["username"], name, bool(user["enabled"]), held({role["name"] for role in roles}))
