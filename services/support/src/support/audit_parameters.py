"""What an administrator may set about the audit: declared here, read through chassis."""

import json
from dataclasses import dataclass

from crm.common.v1 import access_pb2

from chassis.parameters import Parameters

KEEP_MONTHS = "support.audit_keep_months"
NIGHT_VIEWS = "support.audit_night_views"
MASS_VIEWS = "support.audit_mass_views"
FAILED_SIGN_INS = "support.audit_failed_sign_ins"


@dataclass(frozen=True, slots=True)
class Thresholds:
    """More than how many a day, or a night, is unusual."""

    night_views: int
    mass_views: int
    failed_sign_ins: int


def _declared(
    key: str, default: int, minimum: int, maximum: int, unit: str, zh: tuple[str, str], en: tuple[str, str]
) -> access_pb2.ParameterDeclaration:
    schema = {
        "type": "integer",
        "minimum": minimum,
        "maximum": maximum,
        "title": zh[0],
        "description": zh[1],
        "x-unit": unit,
        "x-text": {
            "zh": {"title": zh[0], "description": zh[1]},
            "en": {"title": en[0], "description": en[1]},
        },
    }
    return access_pb2.ParameterDeclaration(
        key=key,
        schema_json=json.dumps(schema, ensure_ascii=False),
        default_json=json.dumps(default),
        group="access",
        levels=["branch"],
    )


DECLARED = (
    _declared(
        KEEP_MONTHS,
        6,
        6,
        120,
        "months",
        ("审计记录保留月数", "满月数后归档为文件并从数据库移出"),
        ("Months the audit is kept", "After that a day is archived to a file and leaves the database"),
    ),
    _declared(
        NIGHT_VIEWS,
        20,
        1,
        100_000,
        "records",
        ("夜间查看异常数", "22:00 至次日 06:00 查看的记录多于此数即列为异常"),
        ("Night views that are unusual", "More records than this looked at from 22:00 to 06:00 are shown as unusual"),
    ),
    _declared(
        MASS_VIEWS,
        500,
        1,
        1_000_000,
        "records",
        ("大量查看异常数", "一天内查看的记录多于此数即列为异常"),
        ("Views a day that are unusual", "More records than this looked at in a day are shown as unusual"),
    ),
    _declared(
        FAILED_SIGN_INS,
        10,
        1,
        10_000,
        "times",
        ("登录失败异常数", "一天内同一登录名失败多于此数即列为异常"),
        ("Failed sign-ins that are unusual", "More failures of one login name than this in a day are shown as unusual"),
    ),
)


def thresholds(parameters: Parameters) -> Thresholds:
    """Answer what holds for the branch now."""
    return Thresholds(
        night_views=int(parameters.value(NIGHT_VIEWS)),
        mass_views=int(parameters.value(MASS_VIEWS)),
        failed_sign_ins=int(parameters.value(FAILED_SIGN_INS)),
    )


def keep_months(parameters: Parameters) -> int:
    """Answer how many months entries stay in the database: never fewer than six, whatever was set."""
    return max(6, int(parameters.value(KEEP_MONTHS)))
