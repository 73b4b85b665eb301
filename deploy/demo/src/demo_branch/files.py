"""Writes the demo branch as the files its older systems would deliver: five CSV and one XLSX."""

import csv
import dataclasses
from collections.abc import Callable, Generator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Final, TextIO

import xlsxwriter

from demo_branch.customers import DEFAULT_SEED, MORNING, customers
from demo_branch.records import (
    AccountRow,
    AddressRow,
    AppointmentRow,
    ContactRow,
    CustomerFile,
    CustomerRow,
    SubscriberRow,
)

_TELL_EVERY: Final = 5_000


@dataclass(frozen=True)
class DemoFile:
    """One file: the form it is imported as, its name and its columns."""

    form: str
    name: str
    row: type[Any]


# In the order in which they must be loaded: whatever is named in a line stands in an earlier file.
FILES: Final = (
    DemoFile("customer", "customers.csv", CustomerRow),
    DemoFile("account", "accounts.csv", AccountRow),
    DemoFile("subscriber", "subscribers.csv", SubscriberRow),
    DemoFile("contact", "contacts.csv", ContactRow),
    DemoFile("address", "addresses.csv", AddressRow),
    DemoFile("appointment", "appointments.xlsx", AppointmentRow),
)

_Put = Callable[[list[Any]], None]
Told = Callable[[int], None]


def write(
    folder: Path, count: int, *, today: date, hour: int = MORNING, seed: int = DEFAULT_SEED, told: Told | None = None
) -> dict[str, int]:
    """Write the files of `count` customers and answer the rows of each; memory does not grow with the count."""
    folder.mkdir(parents=True, exist_ok=True)
    rows = dict.fromkeys((file.form for file in FILES), 0)
    with ExitStack() as open_files:
        put = {file.form: open_files.enter_context(_writer(folder, file)) for file in FILES}
        for place, customer in enumerate(customers(count, today=today, hour=hour, seed=seed), start=1):
            for form, found in _rows(customer).items():
                put[form](found)
                rows[form] += len(found)
            if told is not None and place % _TELL_EVERY == 0:
                told(place)
    return rows


def _rows(customer: CustomerFile) -> dict[str, list[Any]]:
    return {
        "customer": [customer.customer],
        "account": customer.accounts,
        "subscriber": customer.subscribers,
        "contact": customer.contacts,
        "address": customer.addresses,
        "appointment": customer.appointments,
    }


@contextmanager
def _writer(folder: Path, file: DemoFile) -> Generator[_Put]:
    columns = [field.name for field in dataclasses.fields(file.row)]
    opened = _csv_sheet if file.name.endswith(".csv") else _xlsx_sheet
    with opened(folder / file.name, columns) as put:
        yield put


@contextmanager
def _csv_sheet(path: Path, columns: list[str]) -> Generator[_Put]:
    stream: TextIO
    with path.open("w", encoding="utf-8", newline="") as stream:
        lines = csv.writer(stream)
        lines.writerow(columns)

        def put(rows: list[Any]) -> None:
            lines.writerows([[getattr(row, column) for column in columns] for row in rows])

        yield put


@contextmanager
def _xlsx_sheet(path: Path, columns: list[str]) -> Generator[_Put]:
    # constant_memory writes every row out at once instead of keeping the sheet.
    with xlsxwriter.Workbook(str(path), {"constant_memory": True, "strings_to_numbers": False}) as book:
        # The same rows give the same bytes, so a repeated load is known as one by its content.
        book.set_properties({"created": datetime(2026, 1, 1, tzinfo=UTC)})
        sheet = book.add_worksheet("预约")
        sheet.write_row(0, 0, columns)
        line = 0

        def put(rows: list[Any]) -> None:
            nonlocal line
            for row in rows:
                line += 1
                sheet.write_row(line, 0, [getattr(row, column) for column in columns])

        yield put
