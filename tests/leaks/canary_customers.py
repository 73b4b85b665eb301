"""Calls of every kind against an archive of distinctive values: answers, refusals, files and events are kept for the test."""

import random
from pathlib import Path

from crm.common.v1 import access_pb2
from crm.customer.v1 import customer_pb2 as pb
from sqlalchemy import create_engine, text

from customer.storage import tables
from tests.chassis.issuer import serving
from tests.leaks.archive import APPOINTMENT, CUSTOMER, IMPORT, OWNER, Archive, open_archive
from tests.leaks.calling import Called
from tests.leaks.canary_notes import events_of, keep, note
from tests.leaks.customer_cells import EXPORTED, PAGE
from tests.leaks.reading import Line, Policy

EVERYTHING = frozenset(range(1, 8))  # all but seeing masked values in full
HIDDEN_EXTRA = (("extra.secret", access_pb2.COLUMN_RIGHT_HIDDEN),)
MASKED_ONLY = Policy(
    (
        Line("chief", CUSTOMER, EVERYTHING, access_pb2.ROW_SCOPE_ALL, columns=HIDDEN_EXTRA),
        *(Line("chief", form, EVERYTHING, access_pb2.ROW_SCOPE_ALL) for form in (APPOINTMENT, OWNER)),
        Line("chief", IMPORT, frozenset({access_pb2.ACTION_SEE}), access_pb2.ROW_SCOPE_ALL),
    )
)


async def run(url: str, folder: Path) -> None:
    """Makes the calls and keeps what was answered, and what left as events."""
    said: list[str] = []
    with serving() as issuer:
        async with open_archive(url, issuer, folder) as archive:
            archive.put_in_force(MASKED_ONLY)
            await _looks(archive, archive.by("c01", "chief"), said)
            await _fails(archive, archive.by("c01", "chief"), said)
            await _refused_rows(archive, archive.by("c01", "chief"))
            await _breaks(archive, url, said)
    keep(folder, said, events_of(url, tables.plumbing.outbox))


async def _looks(archive: Archive, chief: Called, said: list[str]) -> None:
    for query in ("", "欧阳锋", "L001", "13910000001", "0001"):
        await note(said, chief, "ListCustomers", pb.ListCustomersRequest(query=query, page=PAGE))
    for key, whole in archive.truth.items():
        await note(said, chief, "GetCustomer", pb.GetCustomerRequest(id=key))
        await note(said, chief, "ListCustomerChanges", pb.ListCustomerChangesRequest(id=key, page=PAGE))
        wanted = pb.Appointment(customer_id=key, kind=pb.APPOINTMENT_KIND_VISIT)
        wanted.starts_at.FromJsonString("2026-12-24T00:00:00Z")
        await note(
            said, chief, "CreateAppointment", pb.CreateAppointmentRequest(request_id=f"c{key}", appointment=wanted)
        )
        queries = [
            pb.OwnerQuery(subscriber_number=whole.subscribers[0].number),
            pb.OwnerQuery(customer_number=whole.customer.customer_number),
        ]
        matches = (await chief.FindOwners(pb.FindOwnersRequest(queries=queries))).matches
        # The answer repeats the question; what it must not tell is whom the number belongs to.
        said.append(f"FindOwners {matches[0].customer_id and whole.subscribers[0].number}")
        assert matches[1].customer_id == key
    asked = pb.StartExportRequest(request_id=f"canary-{random.random()}", columns=EXPORTED, reason="月度核对名单")
    job = (await chief.StartExport(asked)).job
    while await archive.exports.write_next():
        pass
    parts, _ = await chief.ask("DownloadExport", pb.DownloadExportRequest(id=job.id))
    assert parts is not None
    (archive.world.folder / "taken.xlsx").write_bytes(b"".join(part.chunk for part in parts))
    await note(said, chief, "ListExports", pb.ListExportsRequest())


async def _refused_rows(archive: Archive, chief: Called) -> None:
    """Refused rows hold what somebody else sent: only who may bring such rows in is given them."""
    sent = {
        "customer_number": "L900",
        "name": "",
        "phone": "13910000099",
        "community": "U3",
        "owner_number": "m001",
        "密语": "密语9号",
    }
    job = archive.world.customers(sent)
    assert job.failed == 1
    assert (await chief.GetImport(pb.GetImportRequest(id=job.id))).job.failed == 1
    _, refused = await chief.ask("DownloadImportErrors", pb.DownloadImportErrorsRequest(id=job.id))
    assert refused is not None
    assert refused.code == "NOT_FOUND"
    parts, _ = await archive.by("god", "god").ask("DownloadImportErrors", pb.DownloadImportErrorsRequest(id=job.id))
    assert b"13910000099" in b"".join(part.chunk for part in parts)


async def _fails(archive: Archive, chief: Called, said: list[str]) -> None:
    for key, whole in archive.truth.items():
        for version, fields in (
            (1, ["note"]),
            (3, ["phone"]),
            (3, ["extra.secret"]),
            (3, ["wrong"]),
            (3, ["customer_number"]),
        ):
            change = pb.UpdateCustomerRequest(id=key, version=version, customer=pb.Customer(note="x"), fields=fields)
            await note(said, chief, "UpdateCustomer", change)
        await note(
            said, chief, "CancelAppointment", pb.CancelAppointmentRequest(id=whole.appointments[0].id, version=9)
        )
        for form, column, item in (
            (CUSTOMER, "phone", ""),
            (CUSTOMER, "subscribers.number", whole.subscribers[0].id),
            (CUSTOMER, "wrong", ""),
        ):
            await note(
                said,
                chief,
                "Unmask",
                pb.UnmaskRequest(form=form, id=key, column=column, item_id=item, reason="核对资料"),
            )
    await note(said, chief, "GetCustomer", pb.GetCustomerRequest(id="0190a000-0000-7000-8000-000000000000"))
    await note(said, chief, "ListCustomers", pb.ListCustomersRequest(order_by="phone"))


async def _breaks(archive: Archive, url: str, said: list[str]) -> None:
    """Defects while values are at hand: the database refuses a row, and a table is gone."""
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    god_, key = archive.by("god", "god"), next(iter(archive.truth))
    whole = archive.truth[key].customer
    for statement in (
        "ALTER TABLE customers ADD CONSTRAINT ck_broken CHECK (note <> 'broken') NOT VALID",
        "ALTER TABLE changes RENAME TO changes_gone",
    ):
        with engine.connect() as connection:
            connection.execute(text(statement))
        values = pb.Customer(
            note="broken", phone=whole.phone[::-1], address=whole.address + "东侧", id_card=whole.id_card
        )
        change = pb.UpdateCustomerRequest(id=key, version=3, customer=values, fields=["note", "phone", "address"])
        await note(said, god_, "UpdateCustomer", change)
        if "gone" in statement:
            values.note = "fine"
            await note(said, god_, "UpdateCustomer", change)
    engine.dispose()
