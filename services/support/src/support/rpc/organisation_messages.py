"""The contract of the organisation → what actions take, and back."""

from collections.abc import Iterable
from datetime import UTC, date, datetime
from typing import Any

from crm.common.v1 import change_pb2, person_pb2
from crm.support.v1 import organisation_pb2 as pb
from crm.support.v1 import support_pb2
from google.protobuf.timestamp_pb2 import Timestamp

from chassis import masking
from chassis.declarations import Form
from chassis.rights import Columns
from support.actions.care_pairs import PairSaid
from support.actions.keep_units import NewUnit
from support.actions.reorganise import Effect
from support.actions.staff_members import MemberView
from support.actions.stand_ins import StandInSaid
from support.domain.calendar import parse_day
from support.domain.errors import FieldRefused
from support.domain.organisation import StaffState
from support.domain.organisation_import import ImportResult
from support.domain.pairs import StandIn
from support.domain.reorganisation import Change, Merge, Move
from support.domain.staff import StaffFields
from support.packing import KINDS
from support.storage.accounts import Finding

_STATES = {
    StaffState.ACTIVE: pb.STAFF_STATE_ACTIVE,
    StaffState.SUSPENDED: pb.STAFF_STATE_SUSPENDED,
    StaffState.LEFT: pb.STAFF_STATE_LEFT,
}
_STATE_WORDS = {number: state for state, number in _STATES.items()}
_KIND_WORDS = {number: str(word) for word, number in KINDS.items()}
_ACTORS = {
    "person": person_pb2.Actor.KIND_PERSON,
    "system": person_pb2.Actor.KIND_SYSTEM,
    "service": person_pb2.Actor.KIND_SERVICE,
}


def day(text: str, field: str) -> date | None:
    """Read a day that may be left out."""
    return parse_day(text, field) if text else None


def new_unit(said: support_pb2.Unit) -> NewUnit:
    """Read a unit to add."""
    return NewUnit(
        said.code, said.name, _KIND_WORDS.get(said.kind, ""), said.parent_id, day(said.valid_from, "unit.valid_from")
    )


def change(said: pb.Reorganisation) -> Change:
    """Read a change of the tree."""
    match said.WhichOneof("change"):
        case "move":
            return Move(said.move.unit_id, said.move.parent_id)
        case "merge":
            return Merge(said.merge.from_id, said.merge.into_id)
        case _:
            raise FieldRefused("change", "FIELD_MISSING")


def effect(found: Effect, customers: int, tasks: int) -> pb.ReorganisationEffect:
    """Pack what is carried along."""
    return pb.ReorganisationEffect(
        communities=found.communities, people=found.people, customers=customers, tasks=tasks, rules=found.rules
    )


def fields(said: pb.StaffMember) -> StaffFields:
    """Read what an administrator writes of a person."""
    return StaffFields(
        name=said.name,
        phone=said.phone,
        unit_id=said.unit_id,
        also_unit_ids=tuple(said.also_unit_ids),
        positions=tuple(said.positions),
        valid_from=day(said.valid_from, "member.valid_from"),
        valid_to=day(said.valid_to, "member.valid_to"),
    )


def states(wanted: Iterable[pb.StaffState.ValueType]) -> set[StaffState]:
    """Read the states asked for; unknown ones match nothing and are left out."""
    return {_STATE_WORDS[number] for number in wanted if number in _STATE_WORDS}


def member(view: MemberView) -> pb.StaffMember:
    """Pack a person as far as their columns are open to the caller."""
    person = view.person
    packed = pb.StaffMember(
        id=person.id,
        version=person.version,
        staff_number=person.staff_number,
        name=person.name,
        phone=person.phone,
        unit_id=person.unit_id,
        also_unit_ids=person.also,
        positions=person.roles,
        valid_from=_day_text(person.valid_from),
        valid_to=_day_text(person.valid_to),
        state=_STATES[person.state],
        account=pb.ACCOUNT_STATE_WAITING if view.account_waits else pb.ACCOUNT_STATE_IN_STEP,
    )
    masking.apply(packed, view.columns)
    return packed


def import_result(result: ImportResult) -> pb.ImportStaffResponse:
    """Pack what became of the rows."""
    return pb.ImportStaffResponse(
        read=result.read,
        created=result.created,
        updated=result.updated,
        skipped=result.skipped,
        failed=[
            support_pb2.FailedRow(kind=row.kind, key=row.key, field=row.field, reason=row.reason)
            for row in result.failed
        ],
    )


def pair_said(said: pb.Pair) -> PairSaid:
    """Read a pair."""
    return PairSaid(
        said.id,
        said.seat_number,
        said.manager_number,
        day(said.valid_from, "pair.valid_from"),
        day(said.valid_to, "pair.valid_to"),
    )


def stand_in_said(said: pb.StandInPeriod) -> StandInSaid:
    """Read a stand-in."""
    return StandInSaid(
        said.id,
        said.absent_number,
        said.stand_in_number,
        day(said.valid_from, "period.valid_from"),
        day(said.valid_to, "period.valid_to"),
        said.cancelled,
    )


def stand_in(found: StandIn) -> pb.StandInPeriod:
    """Pack a stand-in."""
    return pb.StandInPeriod(
        id=found.id,
        absent_number=found.absent_number,
        stand_in_number=found.stand_in_number,
        valid_from=found.valid_from.isoformat(),
        valid_to=found.valid_to.isoformat(),
        cancelled=found.cancelled,
    )


def drift(found: Finding) -> pb.AccountDrift:
    """Pack a difference."""
    return pb.AccountDrift(
        id=found.id,
        staff_number=found.staff_number,
        what=found.what,
        repaired=found.repaired,
        found_at=moment(found.found_at),
        detail=found.detail,
    )


def change_of(row: Any, form: Form, columns: Columns) -> change_pb2.Change:
    """Pack one line of the history; a column that is masked is so in its history too."""
    column = form.columns.get(row.field) if row.form == form.name else None

    def shown(value: str | None) -> str:
        return masking.shown(columns, column.path, column.sensitivity, value or "") if column else value or ""

    return change_pb2.Change(
        id=row.id,
        changed_at=moment(row.changed_at),
        actor=person_pb2.Actor(
            kind=_ACTORS.get(row.actor_kind, person_pb2.Actor.KIND_UNSPECIFIED),
            id=row.actor_id,
            name=row.actor_name or "",
            ip=row.actor_ip or "",
        ),
        field=row.field,
        old_value=shown(row.old_value),
        new_value=shown(row.new_value),
        cause=row.cause or "",
        form=row.form,
        record_id=row.record_id,
    )


def moment(at: datetime) -> Timestamp:
    """Pack an instant."""
    stamp = Timestamp()
    stamp.FromDatetime(at.astimezone(UTC))
    return stamp


def _day_text(found: date | None) -> str:
    return found.isoformat() if found else ""
