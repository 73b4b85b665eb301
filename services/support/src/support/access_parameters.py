"""What an administrator may set around access: declared here, read through chassis."""

import json
from collections.abc import Sequence
from typing import Any

from crm.common.v1 import access_pb2

from chassis.parameters import Parameters
from support.domain.disclosure import Limits

SECOND_ADMINISTRATOR = "support.second_administrator"
UNMASK_DAILY_LIMIT = "support.unmask_daily_limit"
EXPORT_APPROVAL_ROWS = "support.export_approval_rows"
_STANDARD = Limits()


def _declared(
    key: str, schema: dict[str, Any], default: object, levels: Sequence[str], zh: tuple[str, str], en: tuple[str, str]
) -> access_pb2.ParameterDeclaration:
    texts = {name: {"title": text[0], "description": text[1]} for name, text in (("zh", zh), ("en", en))}
    schema = {**schema, "title": zh[0], "description": zh[1], "x-text": texts}
    return access_pb2.ParameterDeclaration(
        key=key,
        schema_json=json.dumps(schema, ensure_ascii=False),
        default_json=json.dumps(default),
        group="access",
        levels=levels,
    )


DECLARED = (
    _declared(
        SECOND_ADMINISTRATOR,
        {"type": "boolean"},
        _STANDARD.second_administrator,
        ("branch",),
        ("权限变更须第二名管理员同意", "关闭后，权限变更由一名管理员提交即生效"),
        (
            "Permissions need a second administrator",
            "When off, a change of permissions takes effect as it is handed in",
        ),
    ),
    _declared(
        UNMASK_DAILY_LIMIT,
        {"type": "integer", "minimum": 0, "maximum": 10_000, "x-unit": "values"},
        _STANDARD.unmask_daily,
        ("branch", "bureau", "community"),
        ("每人每日查看完整敏感信息次数", "超过后当日不能再查看"),
        ("Values a person may unmask a day", "Past that no more can be seen in full that day"),
    ),
    _declared(
        EXPORT_APPROVAL_ROWS,
        {"type": "integer", "minimum": 0, "maximum": 10_000_000, "x-unit": "rows"},
        _STANDARD.export_rows,
        ("branch", "bureau", "community"),
        ("导出须审批的行数", "导出行数多于此数须经第二人同意"),
        ("Rows an export may have without approval", "An export of more rows waits for a second person"),
    ),
)


def limits_at(parameters: Parameters, unit_ids: Sequence[str]) -> Limits:
    """Answer the limits that hold for somebody of these units; without units those of the branch."""
    return Limits(
        second_administrator=bool(parameters.value(SECOND_ADMINISTRATOR)),
        unmask_daily=int(parameters.value(UNMASK_DAILY_LIMIT, unit_ids)),
        export_rows=int(parameters.value(EXPORT_APPROVAL_ROWS, unit_ids)),
    )
