"""Drill, pruning and the command line on a real cluster."""

import time
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from backup_tool import __main__ as command_line
from backup_tool import full_copy, status
from backup_tool.chain import plan
from backup_tool.drill import Drill
from backup_tool.errors import BackupError
from backup_tool.full_copy import take_full
from backup_tool.pruning import Keep, prune
from backup_tool.restore import holdings, restore_cluster
from backup_tool.serve import Serving
from tests.backup.conftest import Site, prepare_cluster
from tests.backup.test_restore import caught_up, now, receiving

pytestmark = pytest.mark.slow


def test_a_drill_counts_every_row_and_leaves_nothing_behind(site: Site) -> None:
    work = site.workshop()
    site.write(*range(25))
    work.full()
    found = work.drill()
    assert (found.ok, found.rows, found.found) == (True, 25, "")
    assert status.read(work.catalogue)["drill"]["ok"] is True
    assert list(work.settings.home_dir.glob("drill-*")) == []


def test_a_drill_fails_on_a_damaged_backup_which_then_no_longer_counts(site: Site) -> None:
    work = site.workshop()
    site.write(1)
    work.full()
    site.write(2)
    work.full()
    newest = work.catalogue.fulls()[-1]
    file = work.catalogue.folder(newest) / "cluster.gz.age"
    whole = file.read_bytes()
    file.write_bytes(whole[: len(whole) - 1000])
    found = work.drill()
    assert not found.ok
    assert "cluster.gz.age is damaged" in found.found
    assert "DAMAGED" in status.told(status.read(work.catalogue)).upper()
    assert plan(holdings(work.catalogue), None).full.id == work.catalogue.fulls()[0].id
    # The one before it is good, and proves it at the next drill.
    assert work.drill().ok


def test_what_is_written_while_a_backup_is_taken_is_no_damage(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """PostgreSQL's statistics come seconds late: right after its last report, a session's next rows are in none."""
    work, copy = site.workshop(), full_copy._copy  # pyright: ignore[reportPrivateUsage]
    with site.server.connect("ledger") as connection:

        def written(*known: Any) -> Any:
            for value in (2, 3):
                connection.execute("INSERT INTO entries (value) VALUES (%s)", [value])
            return copy(*known)

        monkeypatch.setattr(full_copy, "_copy", written)
        connection.execute("INSERT INTO entries (value) VALUES (1)")
        assert work.full()
    found = work.drill()
    assert (found.ok, found.rows, found.found) == (True, 3, "")


def test_a_failed_drill_is_made_again_on_the_next_backup(site: Site) -> None:
    work = site.workshop()
    serving = Serving(work)
    assert work.full()
    drilled = work.catalogue.fulls()[-1]
    status.after_drill(work.catalogue, Drill(datetime.now(UTC), False, drilled.id, 1.0, 0, "out of memory"))
    assert not serving.drill_due(datetime.now(UTC), drilled)
    assert work.full()
    assert serving.drill_due(datetime.now(UTC), work.catalogue.fulls()[-1])
    assert work.drill().ok
    assert not serving.drill_due(datetime.now(UTC), work.catalogue.fulls()[-1])


def test_a_drill_fails_when_rows_are_missing(site: Site) -> None:
    work = site.workshop()
    site.write(1, 2, 3)
    full = take_full(work.settings, work.catalogue, work.key, work.say)
    full.rows["ledger"]["public.entries"] = (4, 4)
    work.catalogue.record(full)
    found = work.drill()
    assert "ledger: public.entries has 3 rows, 4 were backed up" in found.found


def test_a_drill_fails_when_a_piece_of_the_log_is_damaged(site: Site) -> None:
    work = site.workshop()
    receiver = receiving(work)
    work.full()
    site.write(1)
    receiver.close_piece()
    caught_up(receiver)
    time.sleep(0.3)
    receiver.seal_closed()
    receiver.stop()
    piece = next(one for one in reversed(work.catalogue.pieces()) if one.sealed)
    piece.file.write_bytes(piece.file.read_bytes()[:-20])
    found = work.drill()
    assert not found.ok
    assert piece.name in found.found


def test_what_is_kept_after_pruning_can_be_restored_to_every_moment(site: Site) -> None:
    work = site.workshop()
    receiver = receiving(work)
    for value in range(3):
        work.full()
        site.write(value)
        receiver.close_piece()
        caught_up(receiver)
        time.sleep(0.3)
        receiver.seal_closed()
    moment = now()
    site.write(100)
    caught_up(receiver)
    before = work.catalogue.pieces()
    gone = prune(work.catalogue, Keep(days=0, count=1, bytes=0), now())
    assert (len(gone.fulls), len(work.catalogue.fulls())) == (2, 1)
    assert 0 < len(work.catalogue.pieces()) < len(before)
    site.server.stop()
    receiver.stop()
    restore_cluster(work.settings, work.catalogue, work.key, moment, work.say)
    site.server.start()
    assert site.held() == [0, 1, 2]


def test_the_backups_of_two_clusters_are_not_mixed(site: Site) -> None:
    work = site.workshop()
    work.full()
    site.lose_disk()
    site.server.start()
    prepare_cluster(site)
    with pytest.raises(BackupError, match="another database cluster"):
        take_full(work.settings, work.catalogue, work.key, work.say)


def test_a_restore_refuses_while_postgresql_runs(
    site: Site, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, value in site.settings().model_dump(mode="json").items():
        monkeypatch.setenv(f"CRM_{name.upper()}", str(value))
    assert command_line.main(["run"]) == 0
    site.write(1)
    capsys.readouterr()
    assert command_line.main(["restore", "--at", "latest"]) == 1
    assert "PostgreSQL runs" in capsys.readouterr().err
    assert site.held() == [1]
    site.server.stop()
    assert command_line.main(["restore", "--at", "yesterday"]) == 1
    assert "AT='2026-11-22 10:15:00+08'" in capsys.readouterr().err
    assert command_line.main(["restore", "--at", "2020-01-01 00:00"]) == 1
    assert "what can be restored is 20" in capsys.readouterr().err
    assert command_line.main(["restore", "--at", "latest", "--cluster-only"]) == 0
    site.server.start()
    assert site.held() == []


def test_a_run_that_fails_is_told_and_leaves_no_half_backup(site: Site) -> None:
    work = site.workshop()
    site.server.stop()
    assert not work.full()
    told = status.read(work.catalogue)
    assert (told["ok"], told["full_backups"]) == (False, 0)
    assert "FAILED" in status.told(told)
    with suppress(FileNotFoundError):
        assert list(Path(work.catalogue.root / "full").iterdir()) == []
