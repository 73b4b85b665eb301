"""The list of what another database cannot do is short, and names tests that are there."""

import re
from pathlib import Path

import pytest

from tests.oracle.elsewhere import exceptions, opened

PROJECT = Path(__file__).parents[2]


def test_each_exception_names_a_test_and_its_reason() -> None:
    listed = exceptions()
    assert len(listed) == 18, "one more or less: look at the reason, then count again"
    for test, reason in listed.items():
        file, name = test.split("::")
        assert re.search(rf"^(async )?def {name}\(", (PROJECT / file).read_text(encoding="utf-8"), re.MULTILINE), test
        assert len(reason) >= 20


def test_an_unknown_database_is_refused(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(request.config.option, "database", "mysql://x")
    with pytest.raises(pytest.UsageError, match=r"neither postgresql nor h2"):
        opened(request.config)
