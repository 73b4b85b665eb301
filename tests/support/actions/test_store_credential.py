"""The upkeep of credentials: people who left, keys that were changed."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from chassis.access import GRANTS_KEY, AccessBook
from chassis.clock import FixedClock
from chassis.database import Database
from chassis.identity import Actor
from support import rules_document
from support.actions.end_staff_member import Kept, end_staff_member
from support.actions.import_organisation import import_organisation
from support.actions.open_system import begin_opening
from support.actions.set_system import set_system
from support.actions.store_credential import list_tiles, seal_anew, store_credential
from support.domain.external_system import ExternalSystem, WayIn
from support.messaging.publish import encode
from support.messaging.systems import Upkeep
from support.sealing import Keys, Sealed
from support.storage.systems_tables import credentials
from support.storage.tables import people, plumbing
from tests.support.branch import ADMIN, IMPORTER, NOON, STAFF, TODAY, UNITS, ZONE
from tests.support.older_site import key_line, keys

ROLES = frozenset({"customer_manager"})
PEOPLE = {number: Actor(kind="person", id=number, name=number, roles=ROLES) for number in ("m001", "z01")}
OLD, NEW = key_line("k1", 1), key_line("k2", 2)
SYSTEM = ExternalSystem(
    "complaints",
    "投诉处理",
    "Complaint handling",
    WayIn.STORED_CREDENTIAL,
    "http://localhost:9/",
    login_url="http://localhost:9/login",
    user_field="u",
    password_field="p",
)


@pytest.fixture
def branch(database: Database) -> Database:
    database.run_sync(IMPORTER, import_organisation, "r1", UNITS, STAFF, ZONE)
    database.run_sync(ADMIN, set_system, SYSTEM, "localhost")
    for number, actor in PEOPLE.items():
        database.run_sync(actor, store_credential, "complaints", f"user-{number}", f"pw-{number}", keys(OLD))
    return database


def stored(database: Database) -> dict[str, str]:
    with database.engine.connect() as connection:
        return {row.staff_number: row.key_id for row in connection.execute(select(credentials))}


def opened(database: Database, number: str, by: Keys) -> tuple[str, str]:
    kept = database.run_sync(PEOPLE[number], begin_opening, "complaints").credential
    assert kept is not None
    clear = by.open(Sealed(kept.key_id, kept.sealed), number, "complaints")
    return clear.user, clear.password


async def test_who_has_left_is_forgotten_and_who_leaves_tomorrow_is_not(branch: Database) -> None:
    upkeep = Upkeep(branch, keys(OLD), FixedClock(NOON), ZONE)
    with branch.engine.begin() as connection:
        connection.execute(people.update().where(people.c.staff_number == "m001").values(valid_to=TODAY))
    assert await upkeep.once() == 0
    assert set(stored(branch)) == {"m001", "z01"}
    upkeep.clock = FixedClock(NOON + timedelta(days=1))
    assert await upkeep.once() == 1
    assert set(stored(branch)) == {"z01"}


def test_a_leaver_is_forgotten_in_the_transaction_of_leaving(branch: Database) -> None:
    access = AccessBook({GRANTS_KEY: rules_document.default_document().SerializeToString()})
    ruled = Database(branch.engine.url, clock=FixedClock(NOON), plumbing=plumbing, encode=encode, access=access)
    ruled.run_sync(ADMIN, end_staff_member, "z01", "", None, "retired", Kept(), ZONE)
    ruled.close()
    assert set(stored(branch)) == {"m001"}


def test_a_new_key_takes_over_and_the_old_one_may_go(branch: Database) -> None:
    both = keys(NEW, OLD)
    assert opened(branch, "m001", both) == ("user-m001", "pw-m001")
    assert branch.run_sync(ADMIN, seal_anew, both) == 2
    assert branch.run_sync(ADMIN, seal_anew, both) == 0
    assert stored(branch) == {"m001": "k2", "z01": "k2"}
    assert opened(branch, "z01", keys(NEW)) == ("user-z01", "pw-z01")


def test_what_no_key_opens_is_deleted_and_asked_for_again(branch: Database) -> None:
    assert branch.run_sync(ADMIN, seal_anew, keys(NEW)) == 2
    assert stored(branch) == {}
    assert [tile.ready for tile in branch.run_sync(PEOPLE["m001"], list_tiles)] == [False]
