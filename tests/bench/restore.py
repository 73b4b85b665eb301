"""How long a restore takes: a cluster of so many megabytes, a full backup, some log after it, the disk lost, back again.

`python -m tests.bench.restore --megabytes 1024`: prints seconds of wall clock and of processor, for each step.
"""

import argparse
import resource
import sys
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import TypeVar

from backup_tool import restore
from backup_tool.receiver import Receiver
from tests.backup.conftest import Site, made_site

T = TypeVar("T")
# Half of a page of real rows is text; digits of a checksum compress about as well.
ROW = "INSERT INTO entries (value, note) SELECT n, repeat(md5(n::text), 12) FROM generate_series(%s::bigint, %s::bigint) n"
PER_MEGABYTE = 2120


def measured(name: str, work: Callable[[], T]) -> T:
    """Do a step and print what it took."""
    before, began = _processor(), time.monotonic()
    result = work()
    print(f"{name:<42} {time.monotonic() - began:7.1f} s   {_processor() - before:7.1f} s of processor", flush=True)
    return result


def _processor() -> float:
    mine, others = (resource.getrusage(which) for which in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return mine.ru_utime + mine.ru_stime + others.ru_utime + others.ru_stime


def fill(site: Site, megabytes: int) -> int:
    """Fill the cluster to about so many megabytes; answer what it really has."""
    with site.server.connect("ledger") as connection:
        connection.execute("ALTER TABLE entries ADD COLUMN IF NOT EXISTS note text")
        for part in range(0, megabytes, 32):
            first = part * PER_MEGABYTE
            connection.execute(ROW, [first, first + min(32, megabytes - part) * PER_MEGABYTE - 1])
        row = connection.execute("SELECT sum(pg_database_size(oid)) FROM pg_database").fetchone()
    return int(row[0]) >> 20 if row else 0


def main() -> int:
    """Measure and answer the exit status: 1 when the restore took more than a minute for each gigabyte."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--megabytes", type=int, default=1024)
    asked = parser.parse_args()
    place: AbstractContextManager[Site] = made_site()
    with place as site:
        work = site.workshop()
        size = measured("filling", lambda: fill(site, asked.megabytes))
        print(f"the cluster has {size} MB")
        receiver = Receiver(work.settings, work.catalogue, work.key, work.say)
        receiver.start()
        if not measured("full backup", work.full):
            print("\n".join(site.said))
            return 1
        measured("a tenth more, in the log", lambda: fill(site, asked.megabytes // 10))
        while receiver.lag() != 0:
            time.sleep(0.1)
        measured("sealing the log", receiver.seal_closed)
        wanted = len(site.held())
        site.lose_disk()
        receiver.stop()
        began = time.monotonic()
        report = measured(
            "restore", lambda: restore.restore_cluster(work.settings, work.catalogue, work.key, None, print)
        )
        seconds = time.monotonic() - began
        measured("start", site.server.start)
        lost = wanted - len(site.held())
    print(f"{size} MB and {report.pieces} pieces of the log restored in {seconds:.1f} s; {lost} rows lost")
    return int(lost != 0 or seconds > 60 * size / 1024)


if __name__ == "__main__":
    sys.exit(main())
