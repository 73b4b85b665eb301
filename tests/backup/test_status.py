"""What is told of the second disk: how much room it has, that it takes nothing, that nobody has looked for minutes."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from backup_tool import status
from backup_tool.catalogue import Catalogue
from backup_tool.errors import BackupError
from backup_tool.keys import new_key
from backup_tool.receiver import Receiver
from backup_tool.runs import Workshop
from backup_tool.serve import Serving
from backup_tool.settings import BackupSettings


@pytest.fixture
def catalogue(tmp_path: Path) -> Catalogue:
    made = Catalogue(tmp_path / "second-disk")
    made.prepare()
    return made


def test_how_things_stand_is_told_with_the_room_on_the_disk(catalogue: Catalogue) -> None:
    told = status.now(catalogue, lag=5, waiting=True, alerts=[])
    assert 0 < told["disk_free_bytes"] <= told["disk_size_bytes"]
    assert status.read(catalogue) == told
    assert "ALERT" not in status.told(told)


def test_a_status_that_nobody_writes_any_more_says_so(catalogue: Catalogue) -> None:
    told = status.now(catalogue, lag=5, waiting=True, alerts=["commits do not wait for the second disk"])
    told["seen_at"] = (datetime.now(UTC) - timedelta(minutes=4)).isoformat()
    alerts = [line for line in status.told(told).splitlines() if line.startswith("ALERT")]
    assert len(alerts) == 2
    assert "commits do not wait" in alerts[0]
    assert "nothing was written since" in alerts[1]


def test_a_disk_that_takes_nothing_fails_the_status_and_keeps_what_was_known(catalogue: Catalogue) -> None:
    last = status.after_run(catalogue, "full", datetime.now(UTC), size=7)
    assert last["ok"]
    told = status.unwritten(last, catalogue.root, OSError(28, "No space left on device"))
    assert told["ok"] is False
    assert str(catalogue.root) in told["error"]
    assert "No space left on device" in told["error"]
    assert (told["size_bytes"], told["finished_at"]) == (7, last["finished_at"])
    # Once it takes something again, the last run counts.
    assert status.now(catalogue, lag=0, waiting=True, alerts=[])["ok"] is True


def test_who_backs_up_says_so_when_the_disk_takes_nothing(tmp_path: Path) -> None:
    (tmp_path / "secrets").mkdir()
    for file, text in (("backup_key", f"{new_key()}\n"), ("database_password", "none")):
        (tmp_path / "secrets" / file).write_text(text)
    settings = BackupSettings(
        backup_dir=tmp_path / "second-disk",
        secrets_dir=tmp_path / "secrets",
        home_dir=tmp_path / "work",
        database_url="postgresql://backup@127.0.0.1:1/postgres",
    )
    work = Workshop.of(settings, print)
    serving, receiver = Serving(work), Receiver(settings, work.catalogue, work.key, print)
    serving.tell(receiver)
    assert serving.told["receiving"] is False
    assert "ok" not in serving.told
    (work.catalogue.root / status.FILE).unlink()
    (work.catalogue.root / status.FILE).mkdir()
    serving.tell(receiver)
    assert serving.told["ok"] is False
    assert "second disk" in serving.told["error"]


def test_a_disk_that_cannot_be_read_is_not_one_without_backups(catalogue: Catalogue) -> None:
    assert status.read(catalogue) == {}
    (catalogue.root / status.FILE).mkdir()
    with pytest.raises(BackupError, match="cannot be read"):
        status.read(catalogue)
