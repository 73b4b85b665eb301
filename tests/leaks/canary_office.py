"""Calls of every kind against staff with distinctive telephones: answers, refusals, files, events and documents are kept."""

from pathlib import Path

from crm.common.v1 import access_pb2
from crm.support.v1 import access_pb2 as rules_pb
from crm.support.v1 import audit_pb2, parameters_pb2, support_pb2
from crm.support.v1 import organisation_pb2 as pb
from sqlalchemy import create_engine, text

from support.actions.settings import read_settings
from support.messaging.documents import encode_all
from support.storage.schema import plumbing
from tests.chassis.issuer import serving
from tests.leaks.calling import Called
from tests.leaks.canary_notes import events_of, keep, note
from tests.leaks.office import (
    AUDIT,
    CALENDAR,
    CANARIES,
    DISCLOSURE,
    EXPORT_FORM,
    ORGANISATION,
    PAGE,
    PARAMETER,
    ROLE,
    SIGN_IN,
    STAFF,
    SYSTEM,
    Office,
    open_office,
)
from tests.leaks.reading import C1, PARENTS, TODAY, Line, Policy

__all__ = ["CANARIES", "run"]
EVERYTHING = frozenset(range(1, 8))  # all but seeing masked values in full
FORMS = (STAFF, ORGANISATION, AUDIT, SIGN_IN, DISCLOSURE, CALENDAR, PARAMETER, ROLE, EXPORT_FORM, SYSTEM)
MASKED_ONLY = Policy(tuple(Line("chief", form, EVERYTHING, access_pb2.ROW_SCOPE_ALL) for form in FORMS))
NEW = "13917990001"
Calls = dict[str, Called]


async def run(url: str, folder: Path) -> None:
    """Makes the calls and keeps what was answered, what left as events, and what is published."""
    said: list[str] = []
    with serving() as issuer:
        async with open_office(url, issuer, folder) as office:
            office.put_in_force(MASKED_ONLY)
            chief = office.by("c01", "chief")
            await _staff(office, chief, said)
            await _records(office, chief, said)
            await _changes(chief, said)
            await _fails(office, chief, said)
            documents = encode_all(office.run(read_settings, TODAY), TODAY)
            await _breaks(office, url, said)
    keep(folder, said, events_of(url, plumbing.outbox), documents)


async def _staff(office: Office, chief: Calls, said: list[str]) -> None:
    for query in ("", "王敏", "m001", "13917000001", "0001"):
        await note(said, chief["support"], "ListStaff", support_pb2.ListStaffRequest(query=query, page=PAGE))
        wanted = pb.ListStaffMembersRequest(query=query, page=PAGE)
        await note(said, chief["organisation"], "ListStaffMembers", wanted)
    for number in office.homes:
        ask = chief["organisation"]
        await note(said, ask, "GetStaffMember", pb.GetStaffMemberRequest(staff_number=number))
        await note(said, ask, "PreviewHandover", pb.PreviewHandoverRequest(staff_number=number))
        explain = rules_pb.ExplainAccessRequest(staff_number=number, form=STAFF, record="m001")
        await note(said, chief["access"], "ExplainAccess", explain)
        await note(
            said, chief["access"], "PreviewAccess", rules_pb.PreviewAccessRequest(staff_number=number, form=STAFF)
        )
    await note(said, chief["organisation"], "ListOrganisationChanges", pb.ListOrganisationChangesRequest(page=PAGE))
    await note(said, chief["organisation"], "ListPairs", pb.ListPairsRequest(ended=True))
    await note(said, chief["organisation"], "ListStandIns", pb.ListStandInsRequest())
    await note(said, chief["organisation"], "ListAccountDrift", pb.ListAccountDriftRequest(page=PAGE))
    answer, refused = await chief["organisation"].ask("ExportStaff", pb.ExportStaffRequest(reason="月度核对名单"))
    assert refused is None, refused
    (office.folder / "taken.xlsx").write_bytes(answer.file)


async def _records(office: Office, chief: Calls, said: list[str]) -> None:
    span = audit_pb2.AuditFilter(from_day="2026-11-20", to_day="2026-11-24")
    await note(said, chief["audit"], "ListAuditEntries", audit_pb2.ListAuditEntriesRequest(filter=span, page=PAGE))
    for by in ("person", "unit", "day"):
        await note(said, chief["audit"], "CountAuditEntries", audit_pb2.CountAuditEntriesRequest(filter=span, by=by))
    wanted = audit_pb2.ListAuditFindingsRequest(from_day="2026-11-20", to_day="2026-11-24")
    await note(said, chief["audit"], "ListAuditFindings", wanted)
    answer, refused = await chief["audit"].ask(
        "ExportAuditEntries", audit_pb2.ExportAuditEntriesRequest(filter=span, reason="例行检查")
    )
    assert refused is None, refused
    (office.folder / "audit.xlsx").write_bytes(answer.file)
    await note(said, chief["support"], "ListSignIns", support_pb2.ListSignInsRequest(page=PAGE))
    await note(said, chief["access"], "ListDisclosures", rules_pb.ListDisclosuresRequest(page=PAGE))
    await note(said, chief["access"], "ListApprovals", rules_pb.ListApprovalsRequest(page=PAGE))
    await note(said, chief["access"], "GetPolicy", rules_pb.GetPolicyRequest())
    await note(said, chief["parameters"], "ListParameters", parameters_pb2.ListParametersRequest())


async def _changes(chief: Calls, said: list[str]) -> None:
    """Somebody is taken on with a number, moved, suspended and let go: none of it tells the number again."""
    ask = chief["organisation"]
    member = pb.StaffMember(staff_number="n01", name="新人", phone=NEW, unit_id=C1, positions=["customer_manager"])
    await note(said, ask, "CreateStaffMember", pb.CreateStaffMemberRequest(request_id="new", member=member))
    # The same number again is refused, and so is the same request with other content.
    await note(said, ask, "CreateStaffMember", pb.CreateStaffMemberRequest(request_id="again", member=member))
    member.name = "别人"
    await note(said, ask, "CreateStaffMember", pb.CreateStaffMemberRequest(request_id="new", member=member))
    renamed = pb.UpdateStaffMemberRequest(
        staff_number="n01", version=1, member=pb.StaffMember(name="旧人"), fields=["name"]
    )
    await note(said, ask, "UpdateStaffMember", renamed)
    for suspended in (True, False):
        suspend = pb.SuspendStaffMemberRequest(staff_number="n01", suspended=suspended, reason="休假")
        await note(said, ask, "SuspendStaffMember", suspend)
    await note(said, ask, "ResetPassword", pb.ResetPasswordRequest(staff_number="n01"))
    member.name, member.staff_number = "接手", "n02"
    await note(said, ask, "CreateStaffMember", pb.CreateStaffMemberRequest(request_id="taker", member=member))
    leaving = pb.EndStaffMemberRequest(staff_number="n01", reason="离职", successor="n02")
    await note(said, ask, "EndStaffMember", leaving)
    waiting = await note(said, chief["access"], "ListApprovals", rules_pb.ListApprovalsRequest(page=PAGE))
    for each in waiting.approvals:
        decision = rules_pb.DecideApprovalRequest(id=each.id, comment="不必")
        await note(said, chief["access"], "DecideApproval", decision)
    await note(said, ask, "ListOrganisationChanges", pb.ListOrganisationChangesRequest(page=PAGE))


async def _fails(office: Office, chief: Calls, said: list[str]) -> None:
    for number in office.homes:
        for version, fields in ((2, ["name"]), (99, ["phone"]), (3, ["wrong"]), (3, ["phone"])):
            member = pb.StaffMember(name="x", phone=NEW)
            change = pb.UpdateStaffMemberRequest(staff_number=number, version=version, member=member, fields=fields)
            await note(said, chief["organisation"], "UpdateStaffMember", change)
    for unit in PARENTS:
        await note(said, chief["organisation"], "UpdateUnit", pb.UpdateUnitRequest(id=unit, name=""))
    asked = rules_pb.AuthoriseDisclosureRequest(
        kind=rules_pb.DISCLOSURE_KIND_UNMASK, staff_number="m001", form=STAFF, record_id="s1", column="phone", reason="核对",
    )  # fmt: skip
    await note(said, chief["access"], "AuthoriseDisclosure", asked)
    await note(said, chief["organisation"], "ImportStaff", pb.ImportStaffRequest(request_id="x", file=b"no sheet"))


async def _breaks(office: Office, url: str, said: list[str]) -> None:
    """Defects while values are at hand: the database refuses a row, and a table is gone."""
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    god = office.by("god", "god")["organisation"]
    for statement in (
        "ALTER TABLE people ADD CONSTRAINT ck_broken CHECK (name <> '坏人') NOT VALID",
        "ALTER TABLE changes RENAME TO changes_gone",
    ):
        with engine.connect() as connection:
            connection.execute(text(statement))
        number = f"n{len(statement)}"
        member = pb.StaffMember(staff_number=number, name="坏人", phone=NEW, unit_id=C1, positions=["customer_manager"])
        await note(said, god, "CreateStaffMember", pb.CreateStaffMemberRequest(request_id=number, member=member))
    await note(said, god, "ListOrganisationChanges", pb.ListOrganisationChangesRequest(page=PAGE))
    engine.dispose()
