"""How each form of file is loaded: which table, known by which key, belonging to whom, with a history of which fields."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Column, MetaData, Table

from chassis.columns import Id, Version, Words
from customer.domain import account, appointment, contact, customer, subscriber
from customer.domain.loading import DERIVED, STAGED
from customer.storage import tables
from customer.storage.extra_load import ExtraLoad, line_column, value_columns


@dataclass(frozen=True)
class Load:
    """The way of one form."""

    form: str
    table: Table
    key: tuple[str, ...]
    """Staged fields by which a record is known."""
    traced: tuple[str, ...]
    """Fields of the table that have a history."""
    owned: bool = True
    """True where the record hangs on a customer."""
    accounted: bool = False
    """True where the record may name an account."""

    @property
    def history_form(self) -> str:
        """The form's name in the history."""
        return f"customer.{self.form}"

    @property
    def derived(self) -> dict[str, str]:
        """Fields kept for searching, each with the field it follows from."""
        return DERIVED.get(self.form, {})

    def staged(self, extras: Sequence[str] = ()) -> Table:
        """Makes the working table that takes the rows in, typed as the target is; `extras` are fields of the branch's own."""
        names = STAGED[self.form]
        return _working(
            "ora$ptt_staged_rows",
            line_column(),
            Column("id", Id),
            Column("change_id", Id),
            *(Column(name, self._type(name)) for name in names),
            *value_columns(extras),
        )

    def decided(self, staged_fields: frozenset[str]) -> list[str]:
        """Answers the traced fields that the file decides, besides the key."""
        given = set(staged_fields)
        if self.owned:
            given.add("customer_id")
        if "account_number" in given and self.accounted:
            given.add("account_id")
        fixed = {"customer_id"} if "customer_number" in self.key else set[str]()
        return [field for field in self.traced if field in given and field not in self.key and field not in fixed]

    def _type(self, name: str) -> Any:
        return self.table.c[name].type if name in self.table.c else Words(40)


def plan_table() -> Table:
    """Makes the working table that says what becomes of each row."""
    return _working(
        "ora$ptt_load_plan",
        line_column(),
        Column("record_id", Id, nullable=False),
        Column("change_id", Id, nullable=False),
        Column("root_id", Id),
        Column("account_id", Id),
        Column("version", Version),
        Column("outcome", Words(8), nullable=False),
        Column("reason", Words(40)),
    )


def extra_load(names: Sequence[str]) -> ExtraLoad | None:
    """Answers how fields of the branch's own are loaded; None where a file brings none."""
    held = _working("ora$ptt_held_values", line_column(), *value_columns(names))
    return ExtraLoad(tuple(names), held) if names else None


def _working(name: str, *columns: Column[Any]) -> Table:
    # Without a key: an index would only slow the load down, every step reads the whole table.
    plain = [Column(column.name, column.type) for column in columns]
    # The name is one that Oracle takes for a table which vanishes with the transaction.
    vanishing: dict[str, Any] = {"postgresql_on_commit": "DROP", "oracle_on_commit": "DROP DEFINITION"}
    return Table(name, MetaData(), *plain, prefixes=["TEMPORARY"], **vanishing)


LOADS = {
    load.form: load
    for load in (
        Load("customer", tables.customers, ("customer_number",), customer.FIELDS, owned=False),
        Load("account", tables.accounts, ("account_number",), account.FIELDS),
        Load("subscriber", tables.subscribers, ("number",), subscriber.FIELDS, accounted=True),
        Load("contact", tables.contacts, ("customer_number", "name"), contact.CONTACT_FIELDS),
        Load("address", tables.addresses, ("customer_number", "kind", "text_key"), contact.ADDRESS_FIELDS),
        Load("appointment", tables.appointments, ("appointment_number",), appointment.FIELDS),
    )
}
