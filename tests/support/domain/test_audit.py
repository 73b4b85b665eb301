"""The chain of a day: whatever is changed, taken out or cut off is found at its place; untouched it verifies."""

from dataclasses import fields, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from support.domain.audit import GENESIS, AuditEntry, DayHead, Verdict, Verifier, Witness, Wrong, hash_of

DAY = date(2026, 11, 22)
AT = datetime(2026, 11, 22, 4, 0, 0, 123456, tzinfo=UTC)


def entry(place: int, previous: str, **changes: Any) -> AuditEntry:
    made = AuditEntry(
        day=DAY,
        sequence=place,
        id=f"01939c3e-0000-7000-8000-{place:012d}",
        kind="record_view",
        staff_number="m001",
        name="王敏",
        unit_id="",
        bureau_id="",
        community_id="",
        ip="10.1.2.3",
        place="鼓楼局",
        device="Firefox 140 · Windows 10",
        form="customer.customer",
        record_id="r1",
        detail="",
        at=AT + timedelta(seconds=place),
        on_day=DAY,
        local_hour=12,
        previous_hash=previous,
    )
    made = replace(made, **changes)
    return replace(made, hash=hash_of(made))


def chain(length: int = 5, **changes_of_third: Any) -> list[AuditEntry]:
    made: list[AuditEntry] = []
    for place in range(1, length + 1):
        changes = changes_of_third if place == 3 else {}
        made.append(entry(place, made[-1].hash if made else GENESIS, **changes))
    return made


def verified(
    entries: list[AuditEntry], head: DayHead, before: str = GENESIS, witness: Witness | None = None
) -> Verdict:
    verifier = Verifier(head, before, witness)
    for each in entries:
        verifier.take(each)
    return verifier.verdict()


def head_of(entries: list[AuditEntry]) -> DayHead:
    return DayHead(DAY, len(entries), GENESIS, entries[-1].hash)


def test_an_untouched_chain_is_intact() -> None:
    whole = chain()
    found = verified(whole, head_of(whole), witness=Witness(DAY, 4, whole[3].hash))
    assert found == Verdict(DAY, 5)
    assert found.intact


CHANGED: dict[str, Any] = {
    "day": DAY + timedelta(days=1),
    "at": AT,
    "on_day": DAY + timedelta(days=1),
    "local_hour": 3,
}


@pytest.mark.parametrize("column", [each.name for each in fields(AuditEntry) if each.name != "sequence"])
def test_an_edit_of_any_column_is_found_at_its_place(column: str) -> None:
    whole = chain()
    changed = list(whole)
    changed[2] = replace(whole[2], **{column: CHANGED.get(column, "x")})
    assert verified(changed, head_of(whole)) == Verdict(DAY, 5, 3, Wrong.EDITED)


def test_a_deleted_entry_is_named_by_its_place() -> None:
    whole = chain()
    assert verified([*whole[:2], *whole[3:]], head_of(whole)) == Verdict(DAY, 4, 3, Wrong.MISSING)
    assert verified(whole[1:], head_of(whole)) == Verdict(DAY, 4, 1, Wrong.MISSING)


def test_a_deleted_entry_whose_followers_moved_up_is_found() -> None:
    whole = chain()
    moved = [*whole[:2], *(replace(each, sequence=each.sequence - 1) for each in whole[3:])]
    assert verified(moved, head_of(whole)) == Verdict(DAY, 4, 3, Wrong.EDITED)


def test_a_chain_cut_off_is_found_by_its_head() -> None:
    whole = chain()
    assert verified(whole[:3], head_of(whole)) == Verdict(DAY, 3, 4, Wrong.TRUNCATED)


def test_a_chain_cut_off_with_its_head_is_found_by_what_was_published() -> None:
    whole = chain()
    assert verified(whole[:3], head_of(whole[:3])).intact, "the head alone cannot tell"
    witness = Witness(DAY, 5, whole[4].hash)
    assert verified(whole[:3], head_of(whole[:3]), witness=witness) == Verdict(DAY, 3, 4, Wrong.TRUNCATED)


def test_a_chain_computed_anew_is_found_by_what_was_published() -> None:
    whole, forged = chain(), chain(record_id="another")
    assert verified(forged, head_of(forged)).intact, "it adds up in itself"
    found = verified(forged, head_of(forged), witness=Witness(DAY, 4, whole[3].hash))
    assert found == Verdict(DAY, 5, 4, Wrong.EDITED)


def test_a_chain_computed_anew_without_its_head_is_found_by_the_head() -> None:
    assert verified(chain(record_id="another"), head_of(chain())) == Verdict(DAY, 5, 5, Wrong.EDITED)


def test_an_entry_too_many_is_found() -> None:
    whole = chain()
    assert verified(whole, head_of(whole[:4])) == Verdict(DAY, 5, 5, Wrong.EDITED)


def test_a_day_that_does_not_follow_the_one_before_is_found() -> None:
    whole = chain()
    assert verified(whole, head_of(whole), before="f" * 64) == Verdict(DAY, 5, 1, Wrong.MISSING)


def test_the_encoding_stays_what_it_is() -> None:
    # Entries of years ago must verify: another encoding would need another number.
    assert hash_of(chain(1)[0]) == "1eed431e9e8e12cb0ad7ca8a705888dca4680be89133e5f0eb4ad9c4c00b1c2f"
