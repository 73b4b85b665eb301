"""What support declares for an administrator to set: around access and audit, working hours, and the thresholds of modules
that have no service of their own yet.

Thresholds are named after their module and not after support: the module takes them over with everything set so far.
"""

import json
from typing import Any

from crm.common.v1 import access_pb2

from support import access_parameters, audit_parameters

WORKING_HOURS = "support.working_hours"
_EVERYWHERE = ("branch", "bureau", "community")
Texts = tuple[str, str]


def _texts(zh: Texts, en: Texts) -> dict[str, Any]:
    told = {"zh": {"title": zh[0], "description": zh[1]}, "en": {"title": en[0], "description": en[1]}}
    return {"title": zh[0], "description": zh[1], "x-text": told}


def _ahead(zh: Texts, en: Texts) -> tuple[Texts, Texts]:
    """Answer texts that say themselves that nothing comes of the value before its module is there."""
    return (
        (zh[0], f"{zh[1]}（收入分析模块上线后生效，目前不会因此派单）"),
        (en[0], f"{en[1]}. In force once revenue analysis is there; until then no task comes of it"),
    )


def _part(zh: str, en: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {**schema, "title": zh, "x-text": {"zh": {"title": zh}, "en": {"title": en}}}


def _declared(
    key: str,
    group: str,
    schema: dict[str, Any],
    default: object,
    zh: Texts,
    en: Texts,
    levels: tuple[str, ...] = _EVERYWHERE,
) -> access_pb2.ParameterDeclaration:
    return access_pb2.ParameterDeclaration(
        key=key,
        schema_json=json.dumps({**schema, **_texts(zh, en)}, ensure_ascii=False),
        default_json=json.dumps(default, ensure_ascii=False),
        group=group,
        levels=levels,
    )


def _number(minimum: float, maximum: float, unit: str) -> dict[str, Any]:
    kind = "integer" if isinstance(minimum, int) and isinstance(maximum, int) else "number"
    return {"type": kind, "minimum": minimum, "maximum": maximum, "x-unit": unit}


_CLOCK = {"type": "string", "pattern": "^([01][0-9]|2[0-3]):[0-5][0-9]$"}
_HOURS = {
    "type": "object",
    "properties": {"from": _part("上班", "From", _CLOCK), "to": _part("下班", "To", _CLOCK)},
    "required": ["from", "to"],
    "additionalProperties": False,
    "x-ascending": ["from", "to"],
}
_COLUMNS = {
    "type": "array",
    "items": {"type": "string", "maxLength": 120, "x-column": True},
    "maxItems": 20,
    "uniqueItems": True,
}

_CALENDAR = (
    _declared(
        WORKING_HOURS,
        "calendar",
        _HOURS,
        {"from": "08:30", "to": "17:30"},
        ("工作时间", "每个工作日的上下班时间；任务期限止于下班时间，短工作日以日历为准"),
        ("Working hours", "Of every working day; deadlines end with them, on short days as the calendar says"),
        ("branch", "bureau"),
    ),
)
_ALERTS = (
    _declared(
        "alerts.revenue_drop",
        "alerts",
        _number(1, 100, "%"),
        30,
        *_ahead(
            ("收入下降预警", "月收入较前三个月平均下降达到此比例，即算收入下降"),
            ("Revenue drop", "A month's revenue this far below the average of the three before counts as a drop"),
        ),
    ),
    _declared(
        "alerts.silent_days",
        "alerts",
        _number(1, 365, "days"),
        15,
        *_ahead(
            ("沉默天数预警", "连续无通话、无流量达到此天数，即算沉默"),
            ("Silent days", "So many days without a call or traffic count as silence"),
        ),
    ),
    _declared(
        "alerts.arrears",
        "alerts",
        _number(1, 1_000_000, "yuan"),
        100,
        *_ahead(
            ("欠费预警", "欠费达到此金额，即需预警"),
            ("Arrears", "Arrears of this amount are worth an alert"),
        ),
    ),
    _declared(
        "alerts.contract_end_days",
        "alerts",
        _number(1, 365, "days"),
        60,
        *_ahead(
            ("合约到期预警", "合约在此天数内到期，即需预警"),
            ("Contract ends within", "A contract that ends within so many days is worth an alert"),
        ),
    ),
    _declared(
        "alerts.key_columns",
        "alerts",
        _COLUMNS,
        [],
        *_ahead(
            ("预警关联字段", "随预警任务一并显示的客户档案字段，写作“表单/列”，如 customer.customer/store_anniversary"),
            ("Fields shown with alerts", "Columns of archive forms shown with an alert task, as form/column"),
        ),
    ),
)
_LOYALTY = (
    _declared(
        "loyalty.high_years",
        "loyalty",
        _number(1, 30, "years"),
        5,
        *_ahead(
            ("高忠诚度在网年限", "在网年限达到此数视为高忠诚度"),
            ("Years of high loyalty", "A customer of so many years counts as highly loyal"),
        ),
    ),
    _declared(
        "loyalty.low_score",
        "loyalty",
        _number(0, 100, "points"),
        40,
        *_ahead(
            ("低忠诚度分值", "忠诚度分值低于此数列入维系名单"),
            ("Score of low loyalty", "Customers below this score are listed for care"),
        ),
    ),
)
_PROPENSITY = (
    _declared(
        "propensity.upgrade_share",
        "propensity",
        _number(1, 100, "%"),
        80,
        *_ahead(
            ("套餐升级倾向", "套餐内用量连续三个月达到此比例视为有升级倾向"),
            ("Inclined to upgrade", "Use of this share of the bundle for three months counts as inclined to upgrade"),
        ),
    ),
    _declared(
        "propensity.high_spend",
        "propensity",
        _number(1, 100_000, "yuan"),
        200,
        *_ahead(
            ("高消费倾向", "月均消费达到此金额视为高消费倾向"),
            ("High spending", "A monthly average of this amount counts as inclined to spend"),
        ),
    ),
)

DECLARED = (
    *access_parameters.DECLARED,
    *audit_parameters.DECLARED,
    *_CALENDAR,
    *_ALERTS,
    *_LOYALTY,
    *_PROPENSITY,
)
"""Every parameter of support."""
