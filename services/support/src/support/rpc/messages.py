"""Requests → what actions take, and back."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from crm.common.v1 import page_pb2
from crm.support.v1 import support_pb2 as pb
from google.protobuf.timestamp_pb2 import Timestamp
from sqlalchemy import Row

from chassis import masking
from chassis.declarations import Forms
from chassis.paging import encode_cursor
from support import change_packing
from support.actions.calendar import Wish
from support.actions.sign_ins import StayView
from support.domain.calendar import Day, parse_day
from support.domain.organisation import UnitKind
from support.domain.organisation_import import ImportResult, StaffRow, UnitRow
from support.packing import KINDS

_KIND_WORDS = {number: word for word, number in KINDS.items()}
_SIGN_INS = Forms((pb.DESCRIPTOR,)).by_name["support.sign_in"]


@dataclass(frozen=True)
class Listed:
    """What follows the rows of a page."""

    last: tuple[str, ...]
    more: bool
    total: int | None


def calendar_changes(rows: Iterable[Row[Any]], after: str) -> pb.ListCalendarChangesResponse:
    """Pack a page of what was changed; the next one starts after the change with this id."""
    info = page_pb2.PageInfo(next_cursor=encode_cursor((after,)) if after else "")
    return pb.ListCalendarChangesResponse(changes=[change_packing.change(row) for row in rows], page=info)


def kinds(request: pb.ListUnitsRequest) -> set[UnitKind]:
    """Read the kinds asked for; unknown ones match nothing and are left out."""
    return {_KIND_WORDS[number] for number in request.kinds if number in _KIND_WORDS}


def unit_rows(request: pb.ImportOrganisationRequest) -> list[UnitRow]:
    """Read the units of an import."""
    return [UnitRow(row.code, row.name, str(_KIND_WORDS.get(row.kind, "")), row.parent_code) for row in request.units]


def staff_rows(request: pb.ImportOrganisationRequest) -> list[StaffRow]:
    """Read the staff of an import."""
    return [
        StaffRow(row.staff_number, row.name, row.phone, row.unit_code, tuple(row.also_unit_codes), tuple(row.roles))
        for row in request.staff
    ]


def import_result(result: ImportResult) -> pb.ImportOrganisationResponse:
    """Pack what became of the rows."""
    return pb.ImportOrganisationResponse(
        read=result.read,
        created=result.created,
        updated=result.updated,
        skipped=result.skipped,
        failed=[pb.FailedRow(kind=row.kind, key=row.key, field=row.field, reason=row.reason) for row in result.failed],
    )


def calendar_wish(request: pb.SetCalendarDaysRequest) -> Wish:
    """Read what is to become of a year."""
    return Wish(
        year=request.year,
        version=request.version,
        days=_days(request),
        published=request.published if request.HasField("published") else None,
        unit_id=request.unit_id,
        cleared=[parse_day(text, f"cleared[{place}]") for place, text in enumerate(request.cleared)],
    )


def _days(request: pb.SetCalendarDaysRequest) -> list[Day]:
    return [
        Day(
            on=parse_day(each.date, f"days[{place}].date"),
            working=each.working,
            holiday_zh=each.holiday_zh,
            holiday_en=each.holiday_en,
            holiday_start=each.holiday_start,
            make_up=each.make_up,
            ends_at=each.ends_at,
        )
        for place, each in enumerate(request.days)
    ]


def sign_ins(found: Iterable[StayView]) -> list[pb.SignIn]:
    """Pack stays as far as their columns are open to the caller, and say what was left out."""
    return [_sign_in(view) for view in found]


def page_info(listed: Listed) -> page_pb2.PageInfo:
    """Pack where the next page starts."""
    info = page_pb2.PageInfo(next_cursor=encode_cursor(listed.last) if listed.more else "")
    if listed.total is not None:
        info.total = listed.total
    return info


def _sign_in(view: StayView) -> pb.SignIn:
    stay = view.stay
    packed = pb.SignIn(
        id=stay.id,
        staff_number=stay.staff_number,
        name=stay.name,
        ip=stay.ip,
        user_agent=stay.user_agent,
        signed_in_at=_moment(stay.signed_in_at.timestamp()),
        ended_by=stay.ended_by,
    )
    if stay.signed_out_at is not None:
        packed.signed_out_at.CopyFrom(_moment(stay.signed_out_at.timestamp()))
    masking.tell(packed, view.columns, _SIGN_INS)
    return packed


def _moment(seconds: float) -> Timestamp:
    stamp = Timestamp()
    stamp.FromMicroseconds(round(seconds * 1_000_000))
    return stamp
