"""Tables of the archive and their mapping onto the domain."""

import json
from typing import Any

from sqlalchemy import Column, Dialect, ForeignKey, Index, Table, TypeDecorator, event, func, text
from sqlalchemy.orm import registry

from chassis import plumbing as chassis_plumbing
from chassis.columns import Day, Flag, Id, LongText, Moment, Small, Version, Words, new_metadata
from chassis.exports import exports_table
from customer.domain.account import Account
from customer.domain.appointment import Appointment, AppointmentKind
from customer.domain.birthday import Birthday
from customer.domain.contact import Address, Contact
from customer.domain.customer import Customer, CustomerGroup, CustomerKind
from customer.domain.extra import as_stored
from customer.domain.import_job import ImportForm, ImportJob, ImportState
from customer.domain.subscriber import Subscriber, SubscriberKind
from customer.domain.words import normalised
from customer.naming import name_key, name_pieces, tail

metadata = new_metadata()
plumbing = chassis_plumbing.declare(metadata)
exports = exports_table(metadata)
mapping = registry(metadata=metadata)


class BirthdayColumn(TypeDecorator[Birthday]):
    """A birthday as one readable text, so that a change of it is one line of history."""

    impl = Words(24)
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        """Writes the text; a text passes as it is."""
        del dialect
        return str(value) if value is not None else None

    def process_result_value(self, value: Any, dialect: Dialect) -> Birthday | None:
        """Reads the text."""
        del dialect
        return Birthday.parse(value) if value else None


class Word(TypeDecorator[Any]):
    """One word of an enumeration, stored as text."""

    impl = Words(16)
    cache_ok = True

    def __init__(self, kind: type[Any]) -> None:
        super().__init__()
        self.kind = kind

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        """Writes the word."""
        del dialect
        return str(value) if value is not None else None

    def process_result_value(self, value: Any, dialect: Dialect) -> Any:
        """Reads the word."""
        del dialect
        return self.kind(value) if value else None


class ExtraColumn(TypeDecorator[Any]):
    """Fields of the branch's own, by name, as one JSON text; NULL where there is none."""

    impl = LongText
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        """Writes the text."""
        del dialect
        return as_stored(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> dict[str, str] | None:
        """Reads the text."""
        del dialect
        return json.loads(value) if value else None


customers = Table(
    "customers",
    metadata,
    Column("id", Id, primary_key=True),
    Column("customer_number", Words(40), nullable=False, unique=True),
    Column("kind", Word(CustomerKind), nullable=False),
    # GROUP is a reserved word.
    Column("customer_group", Word(CustomerGroup), nullable=False, key="group"),
    Column("name", Words(100), nullable=False),
    Column("phone", Words(30)),
    Column("id_card", Words(30)),
    Column("bureau_id", Id, nullable=False),
    Column("community_id", Id, nullable=False),
    Column("owner_number", Words(40), nullable=False),
    Column("seat_number", Words(40)),
    Column("birthday", BirthdayColumn()),
    Column("store_anniversary", Day),
    Column("address", Words(300)),
    Column("joined_on", Day),
    Column("note", Words(1000)),
    Column("version", Version, nullable=False),
    # Kept for searching only; they follow from the name, the phone and the address.
    Column("name_key", Words(200), nullable=False),
    Column("name_pieces", LongText),
    Column("phone_tail", Words(4)),
    Column("address_key", Words(300)),
    Column("extra_json", ExtraColumn(), key="extra"),
    Index("ix_customers_owner", "owner_number", "name_key", "id"),
    Index("ix_customers_seat", "seat_number", "name_key", "id"),
    Index("ix_customers_community", "community_id", "name_key", "id"),
    Index("ix_customers_bureau", "bureau_id", "name_key", "id"),
    Index("ix_customers_name_key", "name_key", "id"),
    Index("ix_customers_phone_tail", "phone_tail"),
    Index("ix_customers_address_key", "address_key"),
)
# A customer whose day is not known stands before all others; NULL would have no place in a list that pages by key.
joined_key = func.coalesce(customers.c.joined_on, text("DATE '0001-01-01'"))
Index("ix_customers_joined_on", joined_key, customers.c.id)
pieces_index = Index(
    "ix_customers_pieces",
    func.string_to_array(customers.c.name_pieces, text("' '")),
    postgresql_using="gin",
).ddl_if(dialect="postgresql")

accounts = Table(
    "accounts",
    metadata,
    Column("id", Id, primary_key=True),
    Column("account_number", Words(40), nullable=False, unique=True),
    Column("customer_id", Id, ForeignKey("customers.id"), nullable=False, index=True),
    Column("name", Words(100), nullable=False),
    Column("payment_method", Words(16), nullable=False),
    Column("status", Words(16), nullable=False),
    Column("version", Version, nullable=False),
    Column("bank_account", Words(40)),
)
subscribers = Table(
    "subscribers",
    metadata,
    Column("id", Id, primary_key=True),
    Column("number", Words(40), nullable=False, unique=True),
    Column("customer_id", Id, ForeignKey("customers.id"), nullable=False, index=True),
    Column("account_id", Id, ForeignKey("accounts.id"), index=True),
    Column("kind", Word(SubscriberKind), nullable=False),
    Column("product", Words(100)),
    Column("status", Words(16), nullable=False),
    Column("g_net", Flag, nullable=False),
    Column("activated_on", Day),
    Column("version", Version, nullable=False),
    Column("number_tail", Words(40), nullable=False),
    Index("ix_subscribers_number_tail", "number_tail"),
)
contacts = Table(
    "contacts",
    metadata,
    Column("id", Id, primary_key=True),
    Column("customer_id", Id, ForeignKey("customers.id"), nullable=False),
    Column("name", Words(100), nullable=False),
    Column("role", Words(40)),
    Column("phone", Words(30)),
    Column("version", Version, nullable=False),
    Index("uq_contacts_customer_name", "customer_id", "name", unique=True),
)
addresses = Table(
    "addresses",
    metadata,
    Column("id", Id, primary_key=True),
    Column("customer_id", Id, ForeignKey("customers.id"), nullable=False),
    Column("kind", Words(16), nullable=False),
    Column("text", Words(300), nullable=False),
    Column("community_id", Id),
    Column("version", Version, nullable=False),
    Column("text_key", Words(300), nullable=False),
    Index("uq_addresses_customer_place", "customer_id", "kind", "text_key", unique=True),
    Index("ix_addresses_text_key", "text_key"),
)
appointments = Table(
    "appointments",
    metadata,
    Column("id", Id, primary_key=True),
    Column("appointment_number", Words(40), nullable=False),
    Column("customer_id", Id, ForeignKey("customers.id"), nullable=False),
    Column("kind", Word(AppointmentKind), nullable=False),
    Column("starts_at", Moment, nullable=False),
    Column("place", Words(300)),
    Column("contact_name", Words(100)),
    Column("contact_phone", Words(30)),
    Column("status", Words(16), nullable=False),
    Column("note", Words(1000)),
    Column("version", Version, nullable=False),
    Index("uq_appointments_number", "appointment_number", unique=True),
    Index("ix_appointments_customer", "customer_id", "starts_at"),
)
import_jobs = Table(
    "import_jobs",
    metadata,
    Column("id", Id, primary_key=True),
    Column("form", Word(ImportForm), nullable=False),
    Column("name", Words(200), nullable=False),
    Column("state", Word(ImportState), nullable=False),
    Column("started_at", Moment, nullable=False),
    Column("ended_at", Moment),
    Column("actor_kind", Words(12), nullable=False),
    Column("actor_id", Words(64), nullable=False),
    Column("actor_name", Words(120)),
    Column("actor_ip", Words(64)),
    Column("rows_read", Version, nullable=False, key="read"),
    Column("created", Version, nullable=False),
    Column("updated", Version, nullable=False),
    Column("skipped", Version, nullable=False),
    Column("failed", Version, nullable=False),
    Column("percent", Small, nullable=False),
    Column("attempts", Small, nullable=False),
    Column("reason", Words(40)),
    Column("detail", Words(200)),
    # Who is loading it, and until when that counts unless renewed: a killed loader is succeeded by another.
    Column("holder", Words(64)),
    Column("held_until", Moment),
    Index("ix_import_jobs_state", "state", "id"),
)


def _map(kind: type[Any], table: Table, **options: Any) -> None:
    # The version starts at 1 and rises with every stored change; a change from an older version is refused.
    mapping.map_imperatively(kind, table, version_id_col=table.c.version, **options)


def _derive_customer(mapper: Any, connection: Any, target: Any) -> None:
    del mapper, connection
    target.name_key = name_key(target.name)
    target.name_pieces = name_pieces(target.name) or None
    target.phone_tail = tail(target.phone)
    target.address_key = normalised(target.address) if target.address else None


_map(Customer, customers)
_map(Account, accounts)
_map(Subscriber, subscribers)
_map(Contact, contacts)
_map(Address, addresses)
_map(Appointment, appointments)
mapping.map_imperatively(ImportJob, import_jobs)
event.listen(Customer, "before_insert", _derive_customer)
event.listen(Customer, "before_update", _derive_customer)
