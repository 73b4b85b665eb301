"""The lint lets good statements pass and rejects bad ones, each for the reason that is wrong with it."""

import pytest

from tests.oracle.corpus import Labelled, labelled
from tests.oracle.lint import RULES, findings

CORPUS = labelled()
GOOD, BAD = 40, 75


@pytest.mark.parametrize("each", CORPUS, ids=lambda each: each.statement[:60])
def test_a_statement_is_judged_as_labelled(each: Labelled) -> None:
    assert {found.rule for found in findings(each.statement)} == each.rules


def test_so_many_statements_are_labelled() -> None:
    bad = [each for each in CORPUS if each.rules]
    assert (len(CORPUS) - len(bad), len(bad)) == (GOOD, BAD)


def test_every_rule_bites() -> None:
    assert {rule for each in CORPUS for rule in each.rules} == set(RULES)


def test_a_rule_taken_away_lets_something_through(monkeypatch: pytest.MonkeyPatch) -> None:
    through = set[str]()
    for name in list(RULES):
        with monkeypatch.context() as without:
            without.delitem(RULES, name)
            through |= {name for each in CORPUS if each.rules == frozenset({name}) and not findings(each.statement)}
    assert through == set(RULES)
