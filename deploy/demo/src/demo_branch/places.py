"""Where the customers of the demo branch live: addresses that differ from each other inside their community."""

from typing import Final

from demo_branch.people import bureau_codes, units

_STREETS: Final = ("路", "东街", "西街", "巷")
_ROOMS_A_BUILDING: Final = 36
_TOWN_BUREAUS: Final = 5


def address(community: int, ordinal: int) -> str:
    """Answer the address of the household at this place of its community."""
    building, rest = divmod(ordinal, _ROOMS_A_BUILDING)
    unit, room = divmod(rest, 12)
    floor, door = divmod(room, 2)
    number, street = divmod(building, len(_STREETS))
    where = _place(community, street)
    return f"{where}{number * 2 + 1}号{building % 9 + 1}栋{unit + 1}单元{floor + 1}{door + 1:02d}室"


def shop_address(community: int, ordinal: int) -> str:
    """Answer the address of the shop at this place of its community."""
    number, street = divmod(ordinal, len(_STREETS))
    return f"{_place(community, street)}{number * 2 + 2}号临街商铺"


def _place(community: int, street: int) -> str:
    district, name = _COMMUNITIES[community]
    return f"云州市{district}{name}{name.removesuffix('社区').removesuffix('路').removesuffix('街')}{_STREETS[street]}"


def _communities() -> tuple[tuple[str, str], ...]:
    """Answer district and name of each community, in the order of their codes."""
    districts: dict[str, str] = {}
    known = units()
    for place, code in enumerate(bureau_codes()):
        name = next(unit.name for unit in known if unit.code == code).removesuffix("局")
        districts[code] = name + ("区" if place < _TOWN_BUREAUS else "县")
    return tuple((districts[unit.parent_code], unit.name) for unit in known if unit.kind == "UNIT_KIND_COMMUNITY")


_COMMUNITIES: Final = _communities()
