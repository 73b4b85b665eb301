"""What the services declare can be shown, and what holds while nobody sets anything is allowed."""

import json
from typing import Any

import pytest

from dispatch.parameters import DECLARED as OF_DISPATCH
from support.own_parameters import DECLARED as OF_SUPPORT
from support.parameter_schema import check_value

EVERY = [*OF_SUPPORT, *OF_DISPATCH]


@pytest.mark.parametrize("declared", EVERY, ids=lambda each: each.key)
def test_every_declared_parameter_can_be_shown_and_its_default_is_allowed(declared: Any) -> None:
    schema = json.loads(declared.schema_json)
    for language in ("zh", "en"):
        assert schema["x-text"][language]["title"]
        assert schema["x-text"][language]["description"]
    assert declared.group in ("alerts", "loyalty", "propensity", "response", "access", "calendar", "other")
    assert set(declared.levels) <= {"branch", "bureau", "community"}
    assert "branch" in declared.levels
    default = json.loads(declared.default_json)
    if default is not None:
        check_value(declared.schema_json, default, lambda _: True)
    if schema["type"] in ("integer", "number"):
        assert schema["minimum"] < schema["maximum"]
        assert schema["x-unit"]


def test_no_key_is_declared_twice() -> None:
    keys = [each.key for each in EVERY]
    assert len(set(keys)) == len(keys)
    assert {key for key in keys if not key.startswith(("support.", "dispatch."))} == {
        *(
            "alerts.revenue_drop",
            "alerts.silent_days",
            "alerts.arrears",
            "alerts.contract_end_days",
            "alerts.key_columns",
        ),
        *("loyalty.high_years", "loyalty.low_score", "propensity.upgrade_share", "propensity.high_spend"),
    }


def test_what_nothing_comes_of_yet_says_so() -> None:
    ahead = [each for each in EVERY if each.group in ("alerts", "loyalty", "propensity")]
    texts = {each.key: json.loads(each.schema_json)["x-text"] for each in ahead}
    assert texts["alerts.revenue_drop"]["zh"]["description"] == (
        "月收入较前三个月平均下降达到此比例，即算收入下降（收入分析模块上线后生效，目前不会因此派单）"
    )
    assert {key for key, told in texts.items() if "目前不会因此派单" not in told["zh"]["description"]} == set()
    assert {
        key for key, told in texts.items() if "until then no task comes of it" not in told["en"]["description"]
    } == set()
