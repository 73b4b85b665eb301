"""A grammar of Oracle's SQL takes every table and every statement of the services, and refuses what a grammar can.

Run by `make check-oracle`, after the tests of the services in the same process: their statements are the ones looked at.
"""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.oracle.corpus import labelled
from tests.oracle.grammar.parser import complaints, fetch_parser
from tests.oracle.recording import Recording
from tests.oracle.statements import runnable
from tests.oracle.test_tables import SERVICES, ddl

pytestmark = [pytest.mark.oracle_grammar, pytest.mark.timeout(600)]
# Of the statements labelled bad, those that are wrong by their words; the others are wrong by what they mean.
BY_THEIR_WORDS = {
    *("on-conflict", "ilike", "limit", "distinct-on", "filter", "except", "if-exists", "recursive"),
    *("row-list", "returning", "table-alias", "update-from", "partial-index"),
}
Judge = Callable[[list[str]], dict[str, str]]


@pytest.fixture(scope="module")
def refused() -> Judge:
    jars = fetch_parser(Path(__file__).parents[3] / ".local" / "cache" / "oracle-grammar")

    def judge(statements: list[str]) -> dict[str, str]:
        answers = complaints(jars, statements)
        return {text: answer for text, answer in zip(statements, answers, strict=True) if answer}

    return judge


def test_the_corpus_is_judged_as_labelled(refused: Judge) -> None:
    corpus = labelled()
    found = refused([each.statement for each in corpus])
    assert {
        each.statement: found[each.statement] for each in corpus if not each.rules and each.statement in found
    } == {}
    assert [each.statement for each in corpus if each.rules & BY_THEIR_WORDS and each.statement not in found] == []


def test_the_grammar_takes_every_table(refused: Judge) -> None:
    assert refused([statement for metadata in SERVICES.values() for statement in ddl(metadata)]) == {}


def test_the_grammar_takes_every_statement(refused: Judge, _recording: Recording) -> None:  # noqa: PT019  its value is wanted
    statements = sorted({runnable(statement) for statement in _recording.for_oracle})
    assert len(statements) > 100, "nothing was heard: this is for `make check-oracle`"
    assert refused(statements) == {}
