"""Staff as rows of a file, as far as their columns are open to who takes them out."""

from collections.abc import Iterable, Mapping

from support.actions.staff_members import MemberView
from support.domain.organisation import Unit
from support.rpc.organisation_messages import member
from support.staff_sheet import position_names


def sheet_rows(views: Iterable[MemberView], units: Mapping[str, Unit]) -> list[dict[str, str]]:
    """Answer a row for each person; a masked telephone stays masked."""
    return [_row(view, units) for view in views]


def _row(view: MemberView, units: Mapping[str, Unit]) -> dict[str, str]:
    shown = member(view)
    return {
        "staff_number": shown.staff_number,
        "name": shown.name,
        "phone": shown.phone,
        "unit_code": units[shown.unit_id].code,
        "also_unit_codes": "、".join(units[unit_id].code for unit_id in shown.also_unit_ids),
        "roles": position_names(shown.positions),
        "valid_from": shown.valid_from,
        "valid_to": shown.valid_to,
    }
