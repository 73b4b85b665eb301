"""Which documents were changed and wait to be published."""

from collections.abc import Iterable

from sqlalchemy import bindparam, false, insert, select, true, update

from chassis.database import Unit as Work
from chassis.sql import pieces
from support.storage.tables import documents

PERSON = "person."
GRANTS = "access.grants"
UNITS = "organisation.units"
PAIRS = "organisation.pairs"
CALENDAR = "calendar."


def mark_changed(work: Work, keys: Iterable[str]) -> None:
    """Raise the version of each document and let it wait for publication, in the transaction of the change."""
    wanted = sorted(set(keys))
    known: set[str] = set()
    for some in pieces(wanted):
        found = work.session.execute(select(documents.c.doc_key).where(documents.c.doc_key.in_(some))).scalars().all()
        known.update(found)
        if found:
            work.session.execute(
                update(documents)
                .where(documents.c.doc_key.in_(found))
                .values(version=documents.c.version + 1, waiting=true(), changed_at=work.now())
            )
    new = [
        {"doc_key": key, "version": 1, "waiting": True, "changed_at": work.now()} for key in wanted if key not in known
    ]
    if new:
        work.session.execute(insert(documents), new)


def raise_version(work: Work, key: str, seen: int) -> bool:
    """Let a document wait under its next version if it still has the version seen; 0 stands for none yet."""
    if seen == 0:
        known = work.session.execute(select(documents.c.version).where(documents.c.doc_key == key)).first()
        if known is not None:
            return False
        work.session.execute(insert(documents).values(doc_key=key, version=1, waiting=True, changed_at=work.now()))
        return True
    done = work.session.execute(
        update(documents)
        .where(documents.c.doc_key == key, documents.c.version == seen)
        .values(version=seen + 1, waiting=true(), changed_at=work.now())
    )
    return done.rowcount == 1  # pyright: ignore[reportAttributeAccessIssue, reportUnknownVariableType] - an UPDATE answers a cursor


def versions(work: Work, *, waiting_only: bool = False) -> dict[str, int]:
    """Answer the version of every document, or of those that wait."""
    question = select(documents.c.doc_key, documents.c.version).order_by(documents.c.doc_key)
    if waiting_only:
        question = question.where(documents.c.waiting == true())
    return {row.doc_key: row.version for row in work.session.execute(question)}


def version(work: Work, key: str) -> int:
    """Answer the version of one document; 0 while there is none."""
    return work.session.execute(select(documents.c.version).where(documents.c.doc_key == key)).scalar() or 0


def settle(work: Work, published: dict[str, int]) -> None:
    """Take documents off the list that were published in exactly this version."""
    if published:
        work.session.execute(
            update(documents)
            .where(documents.c.doc_key == bindparam("its_key"), documents.c.version == bindparam("its_version"))
            .values(waiting=false()),
            [{"its_key": key, "its_version": number} for key, number in published.items()],
            execution_options={"synchronize_session": False},
        )
