"""What a place or a person named in a call must be."""

from collections.abc import Iterable

from chassis.database import Unit
from chassis.rights import WRITE
from customer.domain.customer import PLACING, SENSITIVE, Customer
from customer.domain.errors import FieldRefused, OutOfReach
from customer.domain.organisation import Organisation
from customer.storage.reach import CUSTOMER, facts


def bureau_of(branch: Organisation, community_id: str | None) -> str:
    """Answers the bureau a community lies in; refuses an unknown community."""
    community = branch.community(community_id or "")
    if community is None:
        raise FieldRefused("community_id", "COMMUNITY_UNKNOWN" if community_id else "REQUIRED")
    return community.bureau_id


def check_people(branch: Organisation, owner_number: str | None, seat_number: str | None) -> None:
    """Refuses an owner or seat manager whom the branch does not know."""
    if not branch.knows_staff((owner_number,)):
        raise FieldRefused("owner_number", "OWNER_UNKNOWN")
    if not branch.knows_staff((seat_number,)):
        raise FieldRefused("seat_number", "SEAT_UNKNOWN")


def check_columns(unit: Unit, customer: Customer, fields: Iterable[str]) -> None:
    """Refuses a change of a column that is not open for writing on this customer. Places and people are no columns: who
    may change a row may move it, as far as the row stays within reach.
    """
    columns = unit.columns(CUSTOMER, facts(customer))
    for field in fields:
        if field not in PLACING and columns.right(field, sensitive=field in SENSITIVE) < WRITE:
            raise FieldRefused(field, "COLUMN_NOT_WRITABLE")


def check_reach(unit: Unit, customer: Customer, action: int) -> None:
    """Refuses to put a customer where the caller may not do this."""
    within = unit.access.sees(
        unit.actor,
        CUSTOMER,
        action,
        owners=[number for number in (customer.owner_number, customer.seat_number) if number],
        community=customer.community_id,
        bureau=customer.bureau_id,
    )
    if not within:
        raise OutOfReach(form=CUSTOMER)
