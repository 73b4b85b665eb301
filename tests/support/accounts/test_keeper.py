"""Accounts kept in step by a queue that loses nothing and a sweep that reports; Keycloak's side is played by a dictionary."""

from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest

from chassis.paging import Page
from support.accounts.keeper import AccountKeeper
from support.accounts.keycloak import AccountsUnavailable
from support.actions.accounts import claim_changes, list_drift
from support.actions.create_staff_member import create_staff_member
from support.actions.reset_password import reset_password
from support.actions.suspend_staff_member import suspend_staff_member
from support.domain.accounts import Account
from support.domain.organisation import Person
from support.storage.organisation_tables import account_changes
from tests.support.branch import ZONE
from tests.support.organisation_desk import Desk

HASH = '{"type": "password"}'


@dataclass
class Realm:
    """The far side: accounts in memory, and what was asked of it."""

    known: dict[str, Account] = field(default_factory=dict[str, Account])
    passwords: dict[str, str] = field(default_factory=dict[str, str])
    signed_out: list[str] = field(default_factory=list[str])
    away: bool = False
    refuses: str = ""
    asked: int = 0

    def everybody(self) -> dict[str, Account]:
        self._answer("")
        return dict(self.known)

    def find(self, username: str) -> Account | None:
        self._answer(username)
        return self.known.get(username)

    def create(self, person: Person, credential: str) -> Account:
        self._answer(person.staff_number)
        made = Account(f"id-{person.staff_number}", person.staff_number, "", enabled=True, roles=frozenset())
        self.known[person.staff_number] = self._like(made, person)
        self.passwords[person.staff_number] = credential
        return self.known[person.staff_number]

    def adapt(self, account: Account, person: Person) -> None:
        self._answer(account.username)
        self.known[account.username] = self._like(account, person)

    def set_password(self, account: Account, credential: str) -> None:
        self._answer(account.username)
        self.passwords[account.username] = credential

    def end_sessions(self, account: Account) -> None:
        self._answer(account.username)
        self.signed_out.append(account.username)

    def _like(self, account: Account, person: Person) -> Account:
        return replace(account, name=person.name, enabled=person.active, roles=frozenset(person.roles))

    def _answer(self, username: str) -> None:
        self.asked += 1
        if self.away:
            raise AccountsUnavailable(ConnectionError("refused"))
        if username and username == self.refuses:
            raise AccountsUnavailable(_Conflict("no"))


class _Conflict(Exception):
    response_code = 409


@pytest.fixture
def realm() -> Realm:
    return Realm()


@pytest.fixture
def keeper(desk: Desk, realm: Realm) -> AccountKeeper:
    return AccountKeeper(desk.database, realm)


def join(desk: Desk, number: str = "m900") -> None:
    desk.run(create_staff_member, f"join-{number}", number, desk.fields(), HASH, ZONE)


def waiting(desk: Desk) -> dict[str, tuple[int, str | None]]:
    rows = [row for row in desk.rows(account_changes) if row.waiting]
    return {row.staff_number: (row.attempts, row.last_error) for row in rows}


async def in_step(desk: Desk, keeper: AccountKeeper) -> None:
    await keeper.sweep()
    desk.forget()


def drifts(desk: Desk) -> list[tuple[str, str, bool]]:
    found, _, _ = desk.run(list_drift, Page())
    return sorted((each.staff_number, each.what, each.repaired) for each in found)


async def test_a_joiner_gets_an_account_and_the_password_is_forgotten_here(
    desk: Desk, keeper: AccountKeeper, realm: Realm
) -> None:
    join(desk)
    assert await keeper.work_off() == 1
    assert realm.known["m900"] == Account("id-m900", "m900", "孙洁", True, frozenset({"customer_manager"}))
    assert realm.passwords == {"m900": HASH}
    (row,) = desk.rows(account_changes)
    assert (row.waiting, row.credential) == (False, None)
    assert await keeper.work_off() == 0


async def test_nothing_is_lost_while_keycloak_is_away(desk: Desk, keeper: AccountKeeper, realm: Realm) -> None:
    await in_step(desk, keeper)
    realm.away = True
    join(desk)
    desk.run(suspend_staff_member, "m001", "调查", ZONE, suspended=True)
    asked = realm.asked
    assert await keeper.work_off() == 0
    # Once is enough to see that it is away.
    assert realm.asked == asked + 1
    assert waiting(desk) == {
        "m900": (1, "ConnectionError"),
        "m001": (1, "ConnectionError"),
    }
    realm.away = False
    # Not before the pause is over, and then both.
    assert await keeper.work_off() == 0
    desk.clock.advance(timedelta(seconds=3))
    assert await keeper.work_off() == 2
    assert realm.passwords["m900"] == HASH
    assert (realm.known["m001"].enabled, realm.signed_out) == (False, ["m001"])
    assert waiting(desk) == {}


async def test_pauses_grow_and_one_account_that_is_refused_holds_up_no_other(
    desk: Desk, keeper: AccountKeeper, realm: Realm
) -> None:
    realm.refuses = "m900"
    join(desk)
    join(desk, "m901")
    assert await keeper.work_off() == 1
    assert "m901" in realm.known
    assert waiting(desk) == {"m900": (1, "_Conflict 409")}
    for attempts, pause in ((2, 2), (3, 4), (4, 8)):
        desk.clock.advance(timedelta(seconds=pause - 1))
        assert await keeper.work_off() == 0
        assert waiting(desk)["m900"][0] == attempts - 1
        desk.clock.advance(timedelta(seconds=2))
        assert await keeper.work_off() == 0
        assert waiting(desk)["m900"][0] == attempts


async def test_a_process_that_dies_with_a_change_in_hand_leaves_it_to_the_next(
    desk: Desk, keeper: AccountKeeper, realm: Realm
) -> None:
    join(desk)
    assert len(desk.run(claim_changes, 10, timedelta(minutes=5))) == 1
    assert await keeper.work_off() == 0
    desk.clock.advance(timedelta(minutes=6))
    assert await keeper.work_off() == 1
    assert "m900" in realm.known


async def test_a_new_password_reaches_the_account_and_ends_its_sessions(
    desk: Desk, keeper: AccountKeeper, realm: Realm
) -> None:
    await in_step(desk, keeper)
    desk.run(reset_password, "m001", HASH)
    await keeper.work_off()
    assert (realm.passwords["m001"], realm.signed_out) == (HASH, ["m001"])


async def test_many_changes_ask_for_everybody_once(desk: Desk, keeper: AccountKeeper, realm: Realm) -> None:
    await in_step(desk, keeper)
    for number in range(12):
        desk.run(reset_password, "m001", f"{number}")
    asked = realm.asked
    assert await keeper.work_off() == 12
    assert realm.asked == asked + 1 + 2 * 12


async def test_a_sweep_repairs_what_differs_and_reports_strangers_without_touching_them(
    desk: Desk, keeper: AccountKeeper, realm: Realm
) -> None:
    await in_step(desk, keeper)
    before = len(drifts(desk))
    del realm.known["c01"]
    realm.known["m001"] = replace(realm.known["m001"], enabled=False, name="谁", roles=frozenset({"administrator"}))
    stranger = Account("id-x", "intruder", "X", True, frozenset({"administrator"}))
    realm.known["intruder"] = stranger
    swept = await keeper.sweep()
    assert (swept.compared, swept.repaired, swept.left) == (3, 4, 1)
    assert realm.known["m001"] == Account("id-m001", "m001", "王敏", True, frozenset({"customer_manager"}))
    assert realm.known["c01"].enabled
    assert realm.known["intruder"] == stranger
    found = drifts(desk)
    assert len(found) == before + 5
    assert {("intruder", "ACCOUNT_UNKNOWN", False), ("m001", "ENABLED", True), ("m001", "NAME", True)} <= set(found)
    assert {("m001", "ROLES", True), ("c01", "ACCOUNT_MISSING", True)} <= set(found)
    # The stranger is told of once, however often it is seen, and no longer when it is gone.
    again = await keeper.sweep()
    assert (again.repaired, again.left) == (0, 1)
    assert drifts(desk) == found
    del realm.known["intruder"]
    await keeper.sweep()
    assert ("intruder", "ACCOUNT_UNKNOWN", True) in drifts(desk)


async def test_an_account_opened_behind_our_back_is_closed_and_signed_out(
    desk: Desk, keeper: AccountKeeper, realm: Realm
) -> None:
    desk.run(suspend_staff_member, "m001", "调查", ZONE, suspended=True)
    await keeper.work_off()
    await in_step(desk, keeper)
    realm.known["m001"] = Account("id-m001", "m001", "王敏", True, frozenset({"customer_manager"}))
    await keeper.sweep()
    assert (realm.known["m001"].enabled, realm.signed_out) == (False, ["m001"])


async def test_a_sweep_leaves_alone_what_is_on_its_way(desk: Desk, keeper: AccountKeeper, realm: Realm) -> None:
    await in_step(desk, keeper)
    join(desk)
    swept = await keeper.sweep()
    assert (swept.repaired, "m900" in realm.known) == (0, False)


async def test_a_sweep_that_cannot_ask_says_so_and_keeps_nothing(
    desk: Desk, keeper: AccountKeeper, realm: Realm
) -> None:
    realm.away = True
    with pytest.raises(AccountsUnavailable):
        await keeper.sweep()
    found, _, swept_at = desk.run(list_drift, Page())
    assert (found, swept_at) == ([], None)
