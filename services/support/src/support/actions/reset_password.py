"""Give somebody a new first password."""

from chassis.database import Unit as Work
from support.actions.staff_members import within_reach
from support.domain.errors import StaffRefused
from support.domain.organisation import StaffState
from support.storage import accounts, staff


def reset_password(work: Work, staff_number: str, credential: str) -> None:
    """Let the account get the password with this hash, to be changed at the next sign-in; present sessions end."""
    person = within_reach(work, staff_number)
    if person.state == StaffState.LEFT:
        raise StaffRefused("PERSON_LEFT", staff_number=staff_number)
    accounts.ask(work, [staff_number], log_out=True, credential=credential)
    work.trace(staff.FORM_STAFF, person.id, "password", None, None, cause=work.new_id())
