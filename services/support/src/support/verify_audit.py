"""`python -m support.verify_audit`: says whether the audit is as it was written, and names the first entry that is not.

    --all                 every day, in the database and in the archive (the usual question)
    --day 2026-11-22      one day
    --file FILE …         archive files by themselves, without a database

Ends with 0 when everything is intact, 1 when something was edited, is missing or cut off, 2 when it could not be told.
"""

import argparse
import asyncio
import sys
from collections.abc import AsyncIterator, Sequence
from datetime import date
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError

from chassis import logging, settings
from chassis.clock import SystemClock
from chassis.database import Database
from chassis.errors import Refusal
from chassis.nats import Bus
from support import audit_archive
from support.audit_verification import AuditVerification
from support.domain.audit import Verdict
from support.messaging.publish import encode
from support.settings import SupportSettings
from support.storage.schema import plumbing
from support.witnesses import Witnesses


def main(arguments: Sequence[str] | None = None) -> int:
    """Verify what is asked for, print a line for each day, and answer the exit status."""
    asked = _parser().parse_args(arguments)
    if asked.file:
        return _report([audit_archive.verify(path, None, None) for path in asked.file])
    logging.start("verify-audit", "error")
    try:
        return _report(asyncio.run(_verified(settings.load(SupportSettings), asked.day)))
    except (SQLAlchemyError, Refusal, OSError, TimeoutError) as error:
        sys.stderr.write(f"cannot be told: {type(error).__name__}: {error}\n")
        return 2


async def _verified(chosen: SupportSettings, day: date | None) -> list[Verdict]:
    bus = Bus(chosen.nats_url, "support", chosen.secret("nats_password"), chosen.certificates)
    await asyncio.wait_for(bus.connect(), 10)
    database = Database(chosen.database(), clock=SystemClock(), plumbing=plumbing, encode=encode, pool_size=2)
    verification = AuditVerification(database, Witnesses(bus), chosen.home_dir / audit_archive.FOLDER)
    try:
        return [await verification.day(day)] if day is not None else await _gathered(verification.every())
    finally:
        database.close()
        await bus.close()


async def _gathered(verdicts: AsyncIterator[Verdict]) -> list[Verdict]:
    return [verdict async for verdict in verdicts]


def _report(verdicts: Sequence[Verdict]) -> int:
    for verdict in verdicts:
        where = "archive" if verdict.archived else "database"
        what = "intact" if verdict.intact else f"{verdict.reason} at entry {verdict.first_wrong}"
        sys.stdout.write(f"{verdict.day.isoformat()}  {verdict.entries:>8} entries  {where:<8}  {what}\n")
    wrong = [verdict for verdict in verdicts if not verdict.intact]
    total = sum(verdict.entries for verdict in verdicts)
    together = f"{len(wrong)} NOT intact" if wrong else "all intact"
    sys.stdout.write(f"{len(verdicts)} days, {total} entries: {together}\n")
    return 1 if wrong else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="support.verify_audit", description="Verify the chain of the audit.")
    which = parser.add_mutually_exclusive_group(required=True)
    which.add_argument("--all", action="store_true", help="every day")
    which.add_argument("--day", type=date.fromisoformat, help="one day, YYYY-MM-DD")
    which.add_argument("--file", type=Path, nargs="+", help="archive files by themselves")
    return parser


if __name__ == "__main__":
    sys.exit(main())
