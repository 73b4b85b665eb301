"""The cluster is lost, and comes back: to the last acknowledged commit, or to a moment."""

import os
import subprocess
import threading
import time
from datetime import UTC, datetime

import psycopg
import pytest

from backup_tool import guard, restore
from backup_tool.errors import DamagedError, GapError, OutsideWindowError, WrongKeyError
from backup_tool.keys import KEY_FILE, Key, new_key
from backup_tool.receiver import Receiver
from backup_tool.runs import Workshop
from tests.backup.conftest import Site

pytestmark = pytest.mark.slow


def receiving(work: Workshop) -> Receiver:
    receiver = Receiver(work.settings, work.catalogue, work.key, work.say)
    receiver.start()
    deadline = time.monotonic() + 15
    while receiver.lag() is None:
        assert time.monotonic() < deadline, receiver.why_ended()
        time.sleep(0.05)
    return receiver


def caught_up(receiver: Receiver) -> None:
    deadline = time.monotonic() + 15
    while receiver.lag() != 0:
        assert time.monotonic() < deadline
        time.sleep(0.05)


def put_back(work: Workshop, at: datetime | None = None) -> restore.Report:
    return restore.restore_cluster(work.settings, work.catalogue, work.key, at, work.say)


def now() -> datetime:
    """A moment with commits clearly before and clearly after it."""
    time.sleep(0.05)
    moment = datetime.now(UTC)
    time.sleep(0.05)
    return moment


class Writer(threading.Thread):
    """Commits one number after the other until the database is gone, and knows which were acknowledged."""

    def __init__(self, site: Site) -> None:
        super().__init__()
        self._site, self.acknowledged, self.tried = site, list[int](), 0

    def run(self) -> None:
        with self._site.server.connect("ledger") as connection:
            try:
                while True:
                    self.tried += 1
                    connection.execute("INSERT INTO entries (value) VALUES (%s)", [self.tried])
                    self.acknowledged.append(self.tried)
            except psycopg.OperationalError:
                """The disk is gone."""


def test_nothing_acknowledged_is_lost_with_the_disk(site: Site) -> None:
    work = site.workshop()
    receiver = receiving(work)
    assert work.full()
    guard.switch(work.settings, wait=True)
    writer = Writer(site)
    writer.start()
    time.sleep(1)
    receiver.close_piece()
    receiver.seal_closed()
    time.sleep(1)
    site.lose_disk()
    writer.join(20)
    receiver.stop()
    put_back(work)
    site.server.start()
    # One commit may have been on its way when the disk went.
    assert site.held() in (writer.acknowledged, list(range(1, writer.tried + 1)))
    assert len(writer.acknowledged) > 50
    with site.server.connect() as connection:
        assert connection.execute("SHOW synchronous_standby_names").fetchone() == ("",)


def test_the_restored_cluster_is_backed_up_again_on_its_new_timeline(site: Site) -> None:
    work = site.workshop()
    receiver = receiving(work)
    work.full()
    site.write(1)
    caught_up(receiver)
    site.lose_disk()
    receiver.stop()
    assert put_back(work).timeline == 2
    site.server.start()
    receiver = receiving(work)
    work.full()
    site.write(2)
    caught_up(receiver)
    site.lose_disk()
    receiver.stop()
    assert put_back(work).timeline == 3
    site.server.start()
    assert site.held() == [1, 2]


def test_a_moment_in_between_and_a_moment_that_this_undid(site: Site) -> None:
    work = site.workshop()
    receiver = receiving(work)
    work.full()
    site.write(1, 2)
    first = now()
    site.write(3, 4)
    second = now()
    site.write(5)
    caught_up(receiver)
    site.server.stop()
    receiver.stop()
    report = put_back(work, first)
    assert report.kept_aside.startswith(f"{site.server.data}.before-")
    site.server.start()
    assert site.held() == [1, 2]
    site.server.stop()
    put_back(work, second)
    site.server.start()
    assert site.held() == [1, 2, 3, 4]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may give files to others")
def test_a_restore_by_root_leaves_everything_to_its_owners(site: Site) -> None:
    work = site.workshop()
    work.full()
    site.lose_disk()
    around = site.server.data.parent
    subprocess.run(["chown", "-R", "10001:10001", str(work.catalogue.root)], check=True)
    os.chown(around, 999, 999)
    put_back(work)
    owners = {(path.stat().st_uid, path.stat().st_gid) for path in work.catalogue.root.rglob("*")}
    assert owners == {(10001, 10001)}
    assert {path.stat().st_uid for path in site.server.data.rglob("*")} == {999}
    assert work.catalogue.timelines()[2].parent == 1


def test_a_moment_after_the_last_commit_is_the_last_commit(site: Site) -> None:
    work = site.workshop()
    receiver = receiving(work)
    work.full()
    site.write(1, 2)
    moment = now()
    receiver.close_piece()
    caught_up(receiver)
    receiver.seal_closed()
    site.server.stop()
    receiver.stop()
    put_back(work, moment)
    site.server.start()
    assert site.held() == [1, 2]


def test_a_moment_outside_names_the_window_and_touches_nothing(site: Site) -> None:
    work = site.workshop()
    before = now()
    work.full()
    site.write(1)
    site.server.stop()
    for at in (before, now()):
        with pytest.raises(OutsideWindowError, match="what can be restored is 20"):
            put_back(work, at)
    site.server.start()
    assert site.held() == [1]


def test_another_key_is_named_and_touches_nothing(site: Site) -> None:
    work = site.workshop()
    work.full()
    (site.folder / "secrets" / KEY_FILE).write_text(new_key())
    other = site.workshop()
    with pytest.raises(WrongKeyError, match=work.key.name):
        put_back(other)
    with pytest.raises(WrongKeyError, match="AGE-SECRET-KEY-1"):
        Key("nonsense")
    assert site.held() == []


def test_a_damaged_full_backup_is_named(site: Site) -> None:
    work = site.workshop()
    work.full()
    file = work.catalogue.folder(work.catalogue.fulls()[0]) / "cluster.gz.age"
    with file.open("r+b") as opened:
        opened.seek(file.stat().st_size // 2)
        opened.write(b"torn")
    site.server.stop()
    with pytest.raises(DamagedError, match=r"cluster\.gz\.age is damaged"):
        put_back(work)
    # What was there is still there, and nothing half-made beside it.
    assert [path.name for path in site.server.data.parent.iterdir() if path.is_dir()] == ["data"]


def test_a_missing_piece_of_the_log_is_named_and_a_cut_one_too(site: Site) -> None:
    work = site.workshop()
    receiver = receiving(work)
    work.full()
    for value in range(4):
        site.write(value)
        receiver.close_piece()
        caught_up(receiver)
        time.sleep(0.3)
        receiver.seal_closed()
    site.server.stop()
    receiver.stop()
    pieces = [one for one in work.catalogue.pieces() if one.sealed]
    whole = pieces[-2].file.read_bytes()
    pieces[-2].file.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(DamagedError, match=pieces[-2].name):
        put_back(work)
    pieces[-2].file.unlink()
    with pytest.raises(GapError, match=pieces[-2].name):
        put_back(work)
    pieces[-2].file.write_bytes(whole)
    put_back(work)
    site.server.start()
    assert site.held() == [0, 1, 2, 3]
