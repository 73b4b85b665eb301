"""The organisation of the demo branch: units and staff of 云州分公司, the same on every machine."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from demo_branch.names import mobile_number, person_name

BUREAU_COUNT: Final = 8
COMMUNITY_COUNT: Final = 60
_SEED: Final = 20090601
# Customers take their numbers from 0 up, staff from here, so that nobody shares a telephone.
_STAFF_PHONES: Final = 99_000_000

# Bureau → its communities. The first four bureaus lie in town and have eight, the others seven.
_TOWN: Final = {
    "鼓楼局": ("翠湖", "东湖", "文庙", "钟楼", "解放路", "书院街", "北门", "花园"),
    "临江局": ("滨江", "望江", "渡口", "沿河", "朝阳", "江畔", "新港", "柳岸"),
    "翠屏局": ("翠屏", "竹园", "桂花", "松涛", "梅岭", "南山", "凤凰", "芙蓉"),
    "高新局": ("创业", "科苑", "软件园", "星光", "天府", "银杏", "和谐", "未来"),
    "东湖局": ("湖滨", "荷塘", "水岸", "莲花", "明月", "映月", "碧波"),
    "云溪局": ("云溪", "古镇", "石桥", "茶山", "清泉", "龙潭", "双河"),
    "青石局": ("青石", "铁佛", "红旗", "矿山", "向阳", "建设", "胜利"),
    "永宁局": ("永宁", "安居", "太平", "福星", "万安", "长乐", "康宁"),
}
_DEPARTMENTS: Final = {
    "D-NETWORK": "网络维护部",
    "D-BILLING": "计费账务部",
    "D-RESOURCES": "资源管理部",
    "D-PUBLIC": "公众客户部",
    "D-BUSINESS": "商企客户部",
    "D-KEY": "大客户部",
}
# Number → (unit, role). The names of these few are fixed below.
_OFFICE: Final = {
    "s1": ("D-PUBLIC", "supervisor"),
    "s2": ("D-BUSINESS", "supervisor"),
    "s3": ("D-KEY", "supervisor"),
    "d-network": ("D-NETWORK", "support_staff"),
    "d-billing": ("D-BILLING", "support_staff"),
    "d-resources": ("D-RESOURCES", "support_staff"),
    "admin": ("BR", "administrator"),
    "dispatcher": ("BR", "dispatcher"),
    "operator": ("BR", "operator"),
    "editor": ("BR", "editor"),
    # Permissions and exports need a second administrator's consent.
    "admin2": ("BR", "administrator"),
}
# People whom the documentation shows by name.
_KNOWN: Final = {
    "m001": "王敏",
    "m002": "周建平",
    "z01": "林晓芳",
    "s1": "陈志强",
    "c01": "赵永华",
    "admin": "何静",
    "admin2": "罗建国",
}


@dataclass(frozen=True)
class UnitOfBranch:
    """A unit of the organisation; `kind` is the contract's word for it."""

    code: str
    name: str
    kind: str
    parent_code: str


@dataclass(frozen=True)
class Staff:
    """A member of staff; `number` is also the login name."""

    number: str
    name: str
    phone: str
    unit_code: str
    also_unit_codes: tuple[str, ...]
    roles: tuple[str, ...]


def units() -> list[UnitOfBranch]:
    """Answer every unit, parents first: the branch, 8 bureaus, 60 communities, 6 departments."""
    found = [UnitOfBranch("BR", "云州分公司", "UNIT_KIND_BRANCH", "")]
    for bureau, name in zip(bureau_codes(), _TOWN, strict=True):
        found.append(UnitOfBranch(bureau, name, "UNIT_KIND_BUREAU", "BR"))
    for bureau, names in zip(bureau_codes(), _TOWN.values(), strict=True):
        for place, name in enumerate(names, start=1):
            found.append(UnitOfBranch(f"{bureau}-C{place:02d}", f"{name}社区", "UNIT_KIND_COMMUNITY", bureau))
    found.extend(UnitOfBranch(code, name, "UNIT_KIND_DEPARTMENT", "BR") for code, name in _DEPARTMENTS.items())
    return found


def bureau_codes() -> list[str]:
    """Answer the codes of the bureaus, `B01` to `B08`."""
    return [f"B{number:02d}" for number in range(1, BUREAU_COUNT + 1)]


def community_codes() -> list[str]:
    """Answer the codes of the communities, bureau by bureau."""
    return [unit.code for unit in units() if unit.kind == "UNIT_KIND_COMMUNITY"]


def managers_of(community: int) -> tuple[str, str]:
    """Answer the two customer managers of the community at this place of `community_codes()`."""
    return f"m{2 * community + 1:03d}", f"m{2 * community + 2:03d}"


def seats_of(bureau: int) -> tuple[str, str]:
    """Answer the two seat managers of the bureau at this place of `bureau_codes()`."""
    return f"z{2 * bureau + 1:02d}", f"z{2 * bureau + 2:02d}"


def staff() -> list[Staff]:
    """Answer everybody: 120 customer managers, 16 seat managers, 8 chiefs and the offices."""
    dice = random.Random(_SEED)  # noqa: S311 - a demo wants the same people every time, not secrecy
    return [
        Staff(
            number=number,
            name=_KNOWN.get(number, person_name(dice)),
            phone=mobile_number(_STAFF_PHONES + place),
            unit_code=unit_code,
            also_unit_codes=(),
            roles=(role,),
        )
        for place, (number, unit_code, role) in enumerate(_posts())
    ]


def _posts() -> Iterator[tuple[str, str, str]]:
    """Yield number, unit and role of every post."""
    for place, community in enumerate(community_codes()):
        for number in managers_of(place):
            yield number, community, "customer_manager"
    for place, bureau in enumerate(bureau_codes()):
        for number in seats_of(place):
            yield number, bureau, "seat_manager"
    for place, bureau in enumerate(bureau_codes(), start=1):
        yield f"c{place:02d}", bureau, "bureau_chief"
    for number, (unit_code, role) in _OFFICE.items():
        yield number, unit_code, role
