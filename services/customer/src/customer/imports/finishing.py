"""What a row needs beyond its own cells: places and people of the branch, the birthday, the fields searched by."""

from collections.abc import Callable
from functools import lru_cache, partial

from customer.domain.birthday import Birthday
from customer.domain.errors import FieldRefused
from customer.domain.organisation import Organisation
from customer.domain.words import normalised
from customer.imports.cells import CellRefused, day
from customer.imports.records import Finish, Problem, Values
from customer.naming import name_key, name_pieces, tail

_LUNAR_WORDS = ("农历", "阴历")


def finish_for(form: str, branch: Organisation) -> Finish:
    """Answers what completes a row of a form."""
    finish: dict[str, Callable[[Organisation, Values], list[Problem]]] = {
        "customer": _customer,
        "account": _account,
        "subscriber": _subscriber,
        "contact": _nothing,
        "address": _address,
        "appointment": _appointment,
    }
    return partial(finish[form], branch)


def _customer(branch: Organisation, values: Values) -> list[Problem]:
    problems = _community(branch, values)
    for field in ("owner_number", "seat_number"):
        number = values.get(field)
        if number is not None and number not in branch.staff:
            problems.append((field, "OWNER_UNKNOWN" if field == "owner_number" else "SEAT_UNKNOWN"))
    get = values.get
    birthday, wrong = _birthday(
        get("birthday"),
        get("birthday_year"),
        get("birthday_month"),
        get("birthday_day"),
        lunar=get("birthday_calendar") == "lunar",
        leap=bool(get("birthday_leap_month")),
    )
    values["birthday"] = birthday
    if wrong:
        problems.append(("birthday", wrong))
    name, address = values["name"], values.get("address")
    values["name_key"] = name_key(name)
    values["name_pieces"] = name_pieces(name) or None
    values["phone_tail"] = tail(values.get("phone"))
    values["address_key"] = normalised(address) if address else None
    return problems


def _community(branch: Organisation, values: Values) -> list[Problem]:
    word = values.get("community")
    if word is None:
        return []
    community = branch.named(word)
    if community is None:
        return [("community", "COMMUNITY_UNKNOWN")]
    values["community_id"] = community.id
    values["bureau_id"] = community.bureau_id
    bureau = values.get("bureau")
    if bureau is not None and bureau not in (community.bureau_code, community.bureau_name):
        return [("bureau", "BUREAU_NOT_OF_COMMUNITY")]
    return []


@lru_cache(maxsize=50_000)
def _birthday(
    written: str | None, year: str | None, month: str | None, day_of_month: str | None, *, lunar: bool, leap: bool
) -> tuple[str | None, str]:
    """Answers the birthday as stored, and what is wrong with it."""
    try:
        if written is not None:
            return str(_birthday_of(written, lunar=lunar, leap=leap)), ""
        if month is None and day_of_month is None:
            return None, ""
        return str(Birthday(int(month or 0), int(day_of_month or 0), int(year or 0), lunar, leap)), ""
    except FieldRefused as refused:
        return None, refused.reason
    except (CellRefused, ValueError):
        return None, "BIRTHDAY_INVALID"


def _birthday_of(written: str, *, lunar: bool, leap: bool) -> Birthday:
    """Reads one cell, such as `1984-10-03` or `农历1984-闰10-03`."""
    for word in _LUNAR_WORDS:
        if written.startswith(word):
            lunar, written = True, written.removeprefix(word).strip()
    if "闰" in written:
        leap, written = True, written.replace("闰", "")
    year, month, day_of_month = _parts(written)
    return Birthday(month, day_of_month, year, lunar, leap)


def _parts(written: str) -> tuple[int, int, int]:
    parts = [int(part) for part in "".join(c if c.isdigit() else " " for c in written).split()]
    if len(parts) == 3:
        return parts[0], parts[1], parts[2]
    if len(parts) == 2:
        return 0, parts[0], parts[1]
    packed = day(written)
    if packed is None:
        raise FieldRefused("birthday", "BIRTHDAY_INVALID")
    return int(packed[:4]), int(packed[5:7]), int(packed[8:])


def _account(_: Organisation, values: Values) -> list[Problem]:
    values.setdefault("status", "active")
    return []


def _subscriber(_: Organisation, values: Values) -> list[Problem]:
    values.setdefault("status", "active")
    values.setdefault("g_net", False)
    values["number_tail"] = tail(values["number"]) or values["number"]
    return []


def _address(branch: Organisation, values: Values) -> list[Problem]:
    values["text_key"] = normalised(values["text"])
    return _community(branch, values)


def _appointment(_: Organisation, values: Values) -> list[Problem]:
    values.setdefault("status", "booked")
    return []


def _nothing(_: Organisation, values: Values) -> list[Problem]:
    del values
    return []
