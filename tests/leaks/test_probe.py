"""The permission editor's questions, at the archive's port: they answer as the reading does and show no sensitive value."""

import random
from collections.abc import Callable
from pathlib import Path

import pytest
from crm.access.v1 import probe_pb2 as pb
from crm.access.v1 import probe_pb2_grpc
from crm.common.v1 import access_pb2

from customer.rpc.shown import FORMS
from customer.storage import tables
from tests.chassis.issuer import serving
from tests.leaks.archive import CANARIES, COLUMNS, CUSTOMER, Archive, open_archive
from tests.leaks.calling import Called
from tests.leaks.policies import PEOPLE, a_policy, published
from tests.leaks.reading import HIDDEN, MASKED, SEE, Line, Policy, Reading

SUPPORT = Line("service", "access.probe", frozenset({SEE}), access_pb2.ROW_SCOPE_ALL)
REASONS = {"RULE", "REFUSED", "SENSITIVE_BY_DEFAULT", "NO_RULE"}


def support(archive: Archive) -> Called:
    token = archive.issuer.token(
        aud=["customer"], preferred_username="service-account-svc-support", azp="svc-support",
        realm_access={"roles": ["service"]},
    )  # fmt: skip
    return Called(probe_pb2_grpc.AccessProbeServiceStub(archive.channel), token)


@pytest.mark.slow  # thousands of calls, and loads that are read by processes of their own
@pytest.mark.timeout(300)
async def test_explanations_and_previews_agree_with_the_reading(
    fresh_database: Callable[..., str], tmp_path: Path
) -> None:
    chance, compared = random.Random(11), 0
    with serving() as issuer:
        async with open_archive(fresh_database(tables.metadata), issuer, tmp_path) as archive:
            archive.put_in_force(Policy((SUPPORT,)))
            asker = support(archive)
            for _ in range(25):
                policy, who = a_policy(chance, (CUSTOMER,), COLUMNS, 6), chance.choice(PEOPLE)
                rules = access_pb2.GrantsDocument.FromString(published(policy))
                reading = Reading(policy, who)
                for key in chance.sample(list(archive.truth), 3):
                    record = chance.choice((key, archive.truth[key].customer.customer_number))
                    answer = await asker.ExplainRow(
                        pb.ExplainRowRequest(form=CUSTOMER, record=record, staff_number=who.number, rules=rules)
                    )
                    compared += _explained(reading, archive, key, answer)
                preview = await asker.PreviewRows(
                    pb.PreviewRowsRequest(form=CUSTOMER, staff_number=who.number, rules=rules, size=20)
                )
                seen = {k for k, place in archive.places().items() if reading.may(CUSTOMER, SEE, place)}
                assert ({row.record_id for row in preview.rows}, preview.total) == (seen, len(seen))
                # Whoever edits permissions learns no sensitive value from it, whatever the rules of the draft.
                assert CANARIES.search(str(preview)) is None
            assert compared > 1000
            await _gates(archive)


def _explained(reading: Reading, archive: Archive, key: str, answer: pb.ExplainRowResponse) -> int:
    place, form = archive.places()[key], FORMS.by_name[CUSTOMER]
    assert answer.found
    assert set(answer.actions) == {action for action in form.actions if reading.may(CUSTOMER, action, place)}
    held = {str(n): line for n, line in enumerate(reading.policy.lines) if line.role in reading.roles}
    assert {v.rule_id: (v.reaches, v.refuses) for v in answer.verdicts} == {
        rule: (reading.reaches(line, place), line.refuse) for rule, line in held.items()
    }
    for column in answer.columns:
        kind = form.columns[column.column].sensitivity
        assert column.right == reading.right(CUSTOMER, column.column, bool(kind), place), column
        assert column.reason in REASONS
        assert (column.reason == "NO_RULE") == (column.rule_id == "")
        if column.reason == "REFUSED":
            assert (column.right, held[column.rule_id].refuse) == (HIDDEN, True)
        if column.reason == "SENSITIVE_BY_DEFAULT":
            assert kind
            assert column.right <= MASKED
    return len(answer.columns)


async def _gates(archive: Archive) -> None:
    stub = probe_pb2_grpc.AccessProbeServiceStub(archive.channel)
    token = archive.issuer.token(aud=["customer"], preferred_username="m001", realm_access={"roles": ["manager"]})
    _, refused = await Called(stub, token).ask("ExplainRow", pb.ExplainRowRequest(form=CUSTOMER))
    assert refused is not None
    assert refused.code == "PERMISSION_DENIED"
    asker = support(archive)
    nobody = await asker.ExplainRow(pb.ExplainRowRequest(form=CUSTOMER, record="L999", staff_number="m001"))
    assert not nobody.found
    for request, reason in (
        (pb.ExplainRowRequest(form="customer.unknown", record="L001", staff_number="m001"), "FORM_UNKNOWN"),
        (pb.ExplainRowRequest(form=CUSTOMER, record="L001", staff_number="nobody"), "PERSON_UNKNOWN"),
    ):
        _, refused = await asker.ask("ExplainRow", request)
        assert refused is not None
        assert refused.reason == reason
    counted = await asker.CountRows(pb.CountRowsRequest(staff_number="m001"))
    assert {each.form: each.rows for each in counted.counts}[CUSTOMER] == 3
