"""Paging, logs, clock, settings: one fact each."""

import json
from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import structlog
from crm.common.v1 import page_pb2

from chassis import logging
from chassis.clock import business_day
from chassis.errors import InvalidField
from chassis.paging import Page, encode_cursor, read_page
from chassis.settings import Settings, load


def test_a_cursor_comes_back_as_it_was() -> None:
    cursor = encode_cursor(("2026-11-21T00:00:00Z", "0190-abc", 3))
    assert read_page(page_pb2.PageRequest(cursor=cursor)) == Page(50, ("2026-11-21T00:00:00Z", "0190-abc", 3), False)


@pytest.mark.parametrize(
    ("size", "cursor", "field"), [(201, "", "page.size"), (-1, "", "page.size"), (1, "%%%", "page.cursor")]
)
def test_a_page_that_cannot_be_is_refused(size: int, cursor: str, field: str) -> None:
    with pytest.raises(InvalidField) as caught:
        read_page(page_pb2.PageRequest(size=size, cursor=cursor))
    assert caught.value.data["field"] == field


def test_logs_carry_no_secret_and_no_full_number(capsys: pytest.CaptureFixture[str]) -> None:
    logging.start("toy")
    structlog.get_logger().info("call 13800138000", token="abc", who="110101199003078888", order="12345678901234")
    structlog.reset_defaults()
    line = json.loads(capsys.readouterr().out)
    assert line["event"] == "call 138****8000"
    assert line["token"] == "***"
    assert line["who"] == "1101**********8888"
    assert line["order"] == "12345678901234"
    assert (line["service"], line["level"]) == ("toy", "info")


def test_the_business_day_is_the_branchs() -> None:
    late = datetime(2026, 11, 20, 16, 30, tzinfo=UTC)
    assert business_day(late, ZoneInfo("Asia/Shanghai")) == date(2026, 11, 21)


def test_wrong_settings_end_in_one_line_that_names_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CRM_ZONE", "Mars/Base")
    with pytest.raises(SystemExit, match="CRM_NATS_URL: Field required"):
        load(Settings)


def test_a_password_in_the_database_address_is_refused(tmp_path: Path) -> None:
    (tmp_path / "database_password").write_text("p")
    given = {"nats_url": "n", "issuer": "i", "jwks_url": "j", "token_url": "t", "client_id": "c", "grpc_port": 1}
    good = load(Settings, **given, secrets_dir=tmp_path, home_dir=tmp_path, database_url="postgresql+psycopg://a@h/d")
    assert good.database().password == "p"
    bad = load(Settings, **given, secrets_dir=tmp_path, home_dir=tmp_path, database_url="postgresql+psycopg://a:x@h/d")
    with pytest.raises(SystemExit, match="must not carry a password"):
        bad.database()
    with pytest.raises(SystemExit, match="cannot be read"):
        good.secret("other")
