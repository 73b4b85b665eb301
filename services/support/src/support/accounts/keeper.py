"""Background work: takes changes to Keycloak one by one, and compares all accounts from time to time."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Protocol

import structlog

from chassis.database import Database
from chassis.identity import service_actor
from support.accounts.keycloak import AccountsUnavailable
from support.actions import accounts as actions
from support.domain.accounts import ACCOUNT_MISSING, Account, AccountChange, Drift, differences, strangers
from support.domain.organisation import Person

log = structlog.get_logger()
_ACTOR = service_actor("support")
_AT_ONCE = 100
# From so many on it is cheaper to ask for everybody than for each.
_MANY = 10
_LEASE = timedelta(minutes=5)
_LONGEST_PAUSE = 900.0
_LOOK_EVERY = 15.0


class Accounts(Protocol):
    """The accounts of the realm; each method may wait for the network."""

    def everybody(self) -> dict[str, Account]:
        """Answer every account by username."""
        ...

    def find(self, username: str) -> Account | None:
        """Answer one account."""
        ...

    def create(self, person: Person, credential: str) -> Account:
        """Make an account."""
        ...

    def adapt(self, account: Account, person: Person) -> None:
        """Let an account be as the person is."""
        ...

    def set_password(self, account: Account, credential: str) -> None:
        """Set a first password."""
        ...

    def end_sessions(self, account: Account) -> None:
        """End the sessions."""
        ...


@dataclass(frozen=True, slots=True)
class Swept:
    """What a sweep found."""

    compared: int
    repaired: int
    left: int


@dataclass
class AccountKeeper:
    """Keeps accounts in step. Keycloak being away delays changes and loses none: they wait in our own database."""

    database: Database
    accounts: Accounts
    sweep_seconds: float = 3600.0
    _asked: asyncio.Event = field(default_factory=asyncio.Event)
    _sweeping: asyncio.Lock = field(default_factory=asyncio.Lock)

    def wake(self) -> None:
        """Have a look at once: a change was just committed."""
        self._asked.set()

    async def run(self) -> None:
        """Take changes for ever."""
        while True:
            self._asked.clear()
            while await self.work_off():
                pass
            try:
                await asyncio.wait_for(self._asked.wait(), _LOOK_EVERY)
            except TimeoutError:
                continue

    async def run_sweeps(self) -> None:
        """Compare all accounts for ever, first a little after the start."""
        await asyncio.sleep(min(60.0, self.sweep_seconds))
        while True:
            try:
                await self.sweep()
            except AccountsUnavailable as error:
                log.warning("accounts could not be compared", error=str(error))
            await asyncio.sleep(self.sweep_seconds)

    async def work_off(self) -> int:
        """Take the changes whose turn has come; answer how many are done."""
        mine = await self.database.run(_ACTOR, actions.claim_changes, _AT_ONCE, _LEASE)
        if not mine:
            return 0
        people = await self.database.read(_ACTOR, actions.people_of_changes, [each.staff_number for each in mine])
        return await self._take_all(mine, people)

    async def sweep(self) -> Swept:
        """Compare every account with its person and put right what differs. Raises `AccountsUnavailable`."""
        async with self._sweeping:
            accounts = await asyncio.to_thread(self.accounts.everybody)
            people = await self.database.read(_ACTOR, actions.people_to_compare)
            found: list[Drift] = []
            for number, person in people.settled.items():
                account = accounts.get(number.casefold())
                wrong = differences(person, account)
                if wrong:
                    found += await asyncio.to_thread(self._repair, person, account, wrong)
            found += strangers(people.numbers, accounts)
            await self.database.run(_ACTOR, actions.note_sweep, found, len(accounts))
            repaired = sum(drift.repaired for drift in found)
            if found:
                log.info("accounts compared", compared=len(accounts), repaired=repaired, left=len(found) - repaired)
            return Swept(len(accounts), repaired, len(found) - repaired)

    async def _take_all(self, mine: Sequence[AccountChange], people: dict[str, Person]) -> int:
        done: list[str] = []
        known: dict[str, Account] | None = None
        away = ""
        for change in mine:
            try:
                if away:
                    await self._put_off(change, away)
                    continue
                if known is None and len(mine) > _MANY:
                    known = await asyncio.to_thread(self.accounts.everybody)
                person = people.get(change.staff_number)
                if person is not None:
                    await asyncio.to_thread(self._take, change, person, known)
                done.append(change.id)
            except AccountsUnavailable as error:
                log.warning("account will be tried again", staff_number=change.staff_number, error=str(error))
                away = str(error) if error.away else ""
                await self._put_off(change, str(error))
        await self.database.run(_ACTOR, actions.settle_changes, done)
        return len(done)

    async def _put_off(self, change: AccountChange, error: str) -> None:
        pause = timedelta(seconds=min(2.0 ** (change.attempts + 1), _LONGEST_PAUSE))
        await self.database.run(_ACTOR, actions.put_off, change, error, pause)

    def _take(self, change: AccountChange, person: Person, known: dict[str, Account] | None) -> None:
        username = person.staff_number.casefold()
        account = self.accounts.find(username) if known is None else known.get(username)
        if account is None:
            if person.active or change.credential:
                self.accounts.create(person, change.credential)
            return
        if differences(person, account):
            self.accounts.adapt(account, person)
        if change.credential:
            self.accounts.set_password(account, change.credential)
        if change.log_out:
            self.accounts.end_sessions(account)

    def _repair(self, person: Person, account: Account | None, wrong: list[Drift]) -> list[Drift]:
        try:
            if account is None:
                self.accounts.create(person, "")
            else:
                self.accounts.adapt(account, person)
                if account.enabled and not person.active:
                    self.accounts.end_sessions(account)
        except AccountsUnavailable as error:
            log.warning("account could not be put right", staff_number=person.staff_number, error=str(error))
            return wrong
        return [Drift(each.staff_number, each.what, _told(each), repaired=True) for each in wrong]


def _told(drift: Drift) -> str:
    # A made-again account has no password: somebody must be told.
    return f"{drift.detail}: RESET_PASSWORD" if drift.what == ACCOUNT_MISSING else drift.detail
