"""Why a person sees a row and its columns or not, rule by rule: what every service answers the permission editor with."""

from crm.access.v1 import probe_pb2
from crm.common.v1 import access_pb2, person_pb2

from chassis.declarations import Form
from chassis.identity import Actor
from chassis.rights import Rights, RowFacts, Rule, Verdict


def as_caller(person: person_pb2.PersonDocument) -> Actor:
    """Answers a member of staff as if they called."""
    return Actor(
        kind="person",
        id=person.staff_number,
        name=person.name,
        roles=frozenset(person.roles),
        bureau_ids=frozenset(person.bureau_ids),
        community_ids=frozenset(person.community_ids),
        active=person.active,
    )


def explain(rights: Rights, form: Form, row: RowFacts) -> probe_pb2.ExplainRowResponse:
    """Answers what the person may do with a row, what each of their rules says of it, and how far each column is open."""
    columns = rights.columns(form.name, row)
    actions = [action for action in access_pb2.Action.values() if action and rights.sees(form.name, action, row)]
    return probe_pb2.ExplainRowResponse(
        found=True,
        actions=actions,
        verdicts=[_verdict(rule, row) for rule in rights.rules.get(form.name, ())],
        columns=[
            _column(each.path, columns.verdict(each.path, sensitive=bool(each.sensitivity)))
            for each in form.columns.values()
        ],
        facts=probe_pb2.RowFacts(
            owners=row.owners,
            customer_keepers=row.customer_keepers,
            community_id=row.community,
            bureau_id=row.bureau,
        ),
    )


def _verdict(rule: Rule, row: RowFacts) -> probe_pb2.RuleVerdict:
    return probe_pb2.RuleVerdict(
        rule_id=rule.id,
        role=rule.role,
        held_by=rule.held_by,
        reaches=rule.reach.covers(row),
        refuses=rule.refuse,
    )


def _column(path: str, verdict: Verdict) -> probe_pb2.ColumnVerdict:
    return probe_pb2.ColumnVerdict(
        column=path,
        right=verdict.right,  # type: ignore[arg-type]  # enum number
        rule_id=verdict.rule.id if verdict.rule else "",
        reason=verdict.reason,
    )
