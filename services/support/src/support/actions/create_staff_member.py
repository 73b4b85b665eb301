"""Take somebody on: the record here, the account in Keycloak."""

from dataclasses import asdict
from zoneinfo import ZoneInfo

from crm.common.v1 import access_pb2

from chassis.clock import business_day
from chassis.creating import refuse_closed_columns
from chassis.database import Unit as Work
from chassis.requests import first_answer, remember
from support.actions.staff_members import MemberView, refuse_unless_within, views
from support.actions.write_people import write_people
from support.domain.errors import StaffRefused
from support.domain.staff import StaffFields, join
from support.storage import organisation, staff
from support.storage.staff_reach import facts_of_person

_CALL = "CreateStaffMember"


def create_staff_member(
    work: Work, request_id: str, staff_number: str, said: StaffFields, credential: str, zone: ZoneInfo
) -> tuple[MemberView, bool]:
    """Answer the new person and whether this call took them on; `credential` is the hash of their first password."""
    # Keycloak keeps login names in small letters, and tokens carry them so.
    staff_number = staff_number.lower()
    content = repr((staff_number, said))
    if first_answer(work, _CALL, request_id, content) is not None:
        return views(work, organisation.people_by_number(work, [staff_number]).values())[0], False
    if organisation.number_taken(work, staff_number):
        raise StaffRefused("STAFF_NUMBER_TAKEN", staff_number=staff_number)
    today = business_day(work.now(), zone)
    units = organisation.all_units(work)
    person = join(work.new_id(), staff_number, said, units, today)
    home = units.get(person.unit_id)
    refuse_unless_within(work, staff_number, home, access_pb2.ACTION_CREATE)
    refuse_closed_columns(work, staff.FORM_STAFF, facts_of_person(staff_number, home), asdict(said))
    write_people(work, [person], [], request_id, credential)
    remember(work, _CALL, request_id, content, person.staff_number)
    return views(work, [person])[0], True
