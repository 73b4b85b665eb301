"""What a row of a file becomes on its way into the archive: the fields staged for each form, in their order."""

from collections.abc import Sequence

from customer.domain.customer import EXTRA

_BELOW_EXTRA = f"{EXTRA}."

STAGED: dict[str, tuple[str, ...]] = {
    "customer": (
        "customer_number",
        "kind",
        "group",
        "name",
        "phone",
        "id_card",
        "bureau_id",
        "community_id",
        "owner_number",
        "seat_number",
        "birthday",
        "store_anniversary",
        "address",
        "joined_on",
        "note",
        "name_key",
        "name_pieces",
        "phone_tail",
        "address_key",
    ),
    "account": ("account_number", "customer_number", "name", "payment_method", "status", "bank_account"),
    "subscriber": (
        "number",
        "customer_number",
        "account_number",
        "kind",
        "product",
        "status",
        "g_net",
        "activated_on",
        "number_tail",
    ),
    "contact": ("customer_number", "name", "role", "phone"),
    "address": ("customer_number", "kind", "text", "community_id", "text_key"),
    "appointment": (
        "appointment_number",
        "customer_number",
        "kind",
        "starts_at",
        "place",
        "contact_name",
        "contact_phone",
        "status",
        "note",
    ),
}

DERIVED: dict[str, dict[str, str]] = {
    "customer": {"name_key": "name", "name_pieces": "name", "phone_tail": "phone", "address_key": "address"},
    "subscriber": {"number_tail": "number"},
    "address": {"text_key": "text"},
}
"""Fields that follow from another one: kept for searching, without a history of their own."""

FOLLOWS: dict[str, tuple[str, ...]] = {
    "community_id": ("community",),
    "bureau_id": ("community",),
    "birthday": ("birthday", "birthday_day"),
}
"""Columns of the file that a staged field comes from, where the names differ."""

_WRITE = {
    "birthday": tuple(f"birthday{part}" for part in ("", "_calendar", "_year", "_month", "_day", "_leap_month")),
}


def columns_writing(field: str) -> tuple[str, ...]:
    """Answers the columns of a file of customers that write a field."""
    return _WRITE.get(field, (field,))


def field_written(column: str) -> str:
    """Answers the field that a column of a file of customers writes."""
    return next((field for field, columns in _WRITE.items() if column in columns), column)


def extra_names(columns: frozenset[str]) -> tuple[str, ...]:
    """Answers the fields of the branch's own that a file with these columns brings, by name and in order."""
    return tuple(sorted(name.removeprefix(_BELOW_EXTRA) for name in columns if name.startswith(_BELOW_EXTRA)))


def staged_extras(names: Sequence[str]) -> tuple[str, ...]:
    """Answers the fields staged for these: all of them as a new record stores them, then each by its path."""
    return (EXTRA, *(f"{_BELOW_EXTRA}{name}" for name in names)) if names else ()


def fields_in(form: str, columns: frozenset[str]) -> frozenset[str]:
    """Answers the staged fields that a file with these columns decides; the others stay as they are."""
    derived = DERIVED.get(form, {})

    def decided(field: str) -> bool:
        source = derived.get(field, field)
        return any(column in columns for column in FOLLOWS.get(source, (source,)))

    return frozenset(field for field in STAGED[form] if decided(field))
