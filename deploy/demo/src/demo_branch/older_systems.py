"""Tiles of the demo branch: its three older web sites, set as the branch's administrator would set them."""

from collections.abc import Callable, Sequence
from typing import Any, Final

from demo_branch.administrator import Administrator

_SERVICE: Final = "crm.support.v1.SystemService"
_POSITIONS: Final = ["customer_manager", "seat_manager"]


def tiles(resources: str, billing: str, complaints: str) -> list[dict[str, Any]]:
    """Answer the systems at these addresses."""
    return [
        {
            "code": "resources",
            "titleZh": "管线资源",
            "titleEn": "Resource management",
            "noteZh": "查管线、端口、资源占用",
            "noteEn": "Ducts, ports and what is free",
            "wayIn": "WAY_IN_OIDC",
            "startUrl": f"{resources}/",
        },
        {
            "code": "billing",
            "titleZh": "计费查询",
            "titleEn": "Billing enquiry",
            "noteZh": "查账单、欠费、详单",
            "noteEn": "Bills, arrears and call records",
            "wayIn": "WAY_IN_SAML",
            "startUrl": f"{billing}/",
        },
        {
            "code": "complaints",
            "titleZh": "投诉处理",
            "titleEn": "Complaint handling",
            "noteZh": "首次使用请录入该系统的用户名和密码",
            "noteEn": "Enter its user name and password once",
            "wayIn": "WAY_IN_STORED_CREDENTIAL",
            "startUrl": f"{complaints}/",
            "loginUrl": f"{complaints}/login",
            "userField": "j_user",
            "passwordField": "j_pass",
        },
    ]


def set_tiles(administrator: Administrator, addresses: Sequence[str], say: Callable[[str], None]) -> int:
    """Add what is missing, for customer managers and seat managers; what an administrator has set stays."""
    known = {system["code"] for system in administrator.call(f"{_SERVICE}/ListSystems", {}).get("systems", [])}
    missing = [(place, tile) for place, tile in enumerate(tiles(*addresses), 1) if tile["code"] not in known]
    for place, tile in missing:
        system = {**tile, "positions": _POSITIONS, "place": 10 * place, "active": True}
        administrator.call(f"{_SERVICE}/SetSystem", {"system": system})
    say(f"older systems: {len(missing)} tiles set, {len(known)} were there")
    return len(missing)
