"""Domain → the contract's messages, for the calls that answer with them and the documents that carry them."""

from collections.abc import Iterable

from crm.common.v1 import person_pb2
from crm.support.v1 import organisation_pb2
from crm.support.v1 import support_pb2 as pb

from support.actions.organisation import Me, PersonView
from support.domain.calendar import Day, Year
from support.domain.organisation import Unit, UnitKind
from support.domain.pairs import Pair

KINDS = {
    UnitKind.BRANCH: pb.UNIT_KIND_BRANCH,
    UnitKind.BUREAU: pb.UNIT_KIND_BUREAU,
    UnitKind.COUNTY_COMPANY: pb.UNIT_KIND_COUNTY_COMPANY,
    UnitKind.COMMUNITY: pb.UNIT_KIND_COMMUNITY,
    UnitKind.DEPARTMENT: pb.UNIT_KIND_DEPARTMENT,
}


def unit(found: Unit) -> pb.Unit:
    """Pack a unit."""
    return pb.Unit(
        id=found.id,
        code=found.code,
        name=found.name,
        kind=KINDS[found.kind],
        parent_id=found.parent_id or "",
        valid_from=found.valid_from.isoformat(),
        valid_to=found.valid_to.isoformat() if found.valid_to else "",
    )


def person(view: PersonView) -> person_pb2.PersonDocument:
    """Pack a person."""
    return person_pb2.PersonDocument(
        version=view.version,
        staff_number=view.person.staff_number,
        name=view.person.name,
        active=view.person.active,
        bureau_ids=view.reach.bureau_ids,
        community_ids=view.reach.community_ids,
        roles=view.person.roles,
        phone=view.person.phone,
        unit_id=view.person.unit_id,
        unit_ids=view.person.unit_ids,
        stands_in_for=[
            person_pb2.StandIn(
                staff_number=period.absent_number,
                valid_from=period.valid_from.isoformat(),
                valid_to=period.valid_to.isoformat(),
            )
            for period in view.stands_in_for
        ],
    )


def published_person(view: PersonView) -> person_pb2.PersonDocument:
    """Pack a person for every service to read: what none of them goes by, such as the telephone, stays here."""
    packed = person(view)
    packed.ClearField("phone")
    return packed


def pair(found: Pair) -> organisation_pb2.Pair:
    """Pack a pair."""
    return organisation_pb2.Pair(
        id=found.id,
        seat_number=found.seat_number,
        manager_number=found.manager_number,
        valid_from=found.valid_from.isoformat(),
        valid_to=found.valid_to.isoformat() if found.valid_to else "",
    )


def pairs(found: Iterable[Pair], version: int) -> organisation_pb2.PairsDocument:
    """Pack the pairs in force."""
    return organisation_pb2.PairsDocument(version=version, pairs=[pair(each) for each in found])


def caller(me: Me) -> person_pb2.PersonDocument:
    """Pack the caller; somebody the branch has no record of is what their token says."""
    if me.view is not None:
        return person(me.view)
    return person_pb2.PersonDocument(
        staff_number=me.actor.id, name=me.actor.name, active=me.actor.active, roles=sorted(me.actor.roles)
    )


def day(found: Day) -> pb.CalendarDay:
    """Pack a day."""
    return pb.CalendarDay(
        date=found.on.isoformat(),
        working=found.working,
        holiday_zh=found.holiday_zh,
        holiday_en=found.holiday_en,
        holiday_start=found.holiday_start,
        make_up=found.make_up,
        ends_at=found.ends_at,
        local=found.local,
        unit_id=found.unit_id,
    )


def year(found: Year) -> pb.CalendarYearDocument:
    """Pack a year."""
    packed = pb.CalendarYearDocument(
        version=found.version,
        year=found.year,
        published=found.published,
        days=[day(each) for each in found.days],
        confirmed_by=found.confirmed_by,
    )
    if found.confirmed_at is not None:
        packed.confirmed_at.FromDatetime(found.confirmed_at)
    return packed


def own_days(number: int, days: Iterable[Day], version: int) -> pb.CalendarYearDocument:
    """Pack the days of a year that a bureau has set itself."""
    return pb.CalendarYearDocument(version=version, year=number, days=[day(each) for each in days])
