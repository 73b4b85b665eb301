"""What a row of a file becomes on its way into the archive: the fields staged for each form, in their order."""

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


def fields_in(form: str, columns: frozenset[str]) -> frozenset[str]:
    """Answers the staged fields that a file with these columns decides; the others stay as they are."""
    derived = DERIVED.get(form, {})

    def decided(field: str) -> bool:
        source = derived.get(field, field)
        return any(column in columns for column in FOLLOWS.get(source, (source,)))

    return frozenset(field for field in STAGED[form] if decided(field))
