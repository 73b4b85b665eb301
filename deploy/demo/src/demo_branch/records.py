"""What the demo branch knows of a customer: one frozen class per file, its fields are the file's columns."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CustomerRow:
    """A line of the customers' file."""

    customer_number: str
    kind: str
    group: str
    name: str
    phone: str
    id_card: str
    bureau: str
    community: str
    owner_number: str
    seat_number: str
    birthday_calendar: str
    birthday_year: str
    birthday_month: str
    birthday_day: str
    birthday_leap_month: str
    store_anniversary: str
    address: str
    joined_on: str
    note: str


@dataclass(frozen=True, slots=True)
class AccountRow:
    """A line of the accounts' file."""

    account_number: str
    customer_number: str
    name: str
    payment_method: str
    status: str
    bank_account: str


@dataclass(frozen=True, slots=True)
class SubscriberRow:
    """A line of the subscribers' file."""

    number: str
    customer_number: str
    account_number: str
    kind: str
    product: str
    status: str
    g_net: str
    activated_on: str


@dataclass(frozen=True, slots=True)
class ContactRow:
    """A line of the contacts' file."""

    customer_number: str
    name: str
    role: str
    phone: str


@dataclass(frozen=True, slots=True)
class AddressRow:
    """A line of the addresses' file."""

    customer_number: str
    kind: str
    text: str
    community: str


@dataclass(frozen=True, slots=True)
class AppointmentRow:
    """A line of the appointments' file."""

    appointment_number: str
    customer_number: str
    kind: str
    starts_at: str
    place: str
    contact_name: str
    contact_phone: str
    note: str


@dataclass(frozen=True, slots=True)
class CustomerFile:
    """One customer with everything that hangs on it."""

    customer: CustomerRow
    accounts: list[AccountRow]
    subscribers: list[SubscriberRow]
    contacts: list[ContactRow]
    addresses: list[AddressRow]
    appointments: list[AppointmentRow]
