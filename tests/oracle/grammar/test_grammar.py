"""A grammar of Oracle's SQL takes every table and every statement of the services, and refuses what a grammar can.

Run by `make check-oracle`, after tests of the services that kept their statements (tests/oracle/kept.py).
"""

from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest

from tests.oracle.corpus import labelled
from tests.oracle.grammar.parser import complaints, fetch_parser
from tests.oracle.kept import kept
from tests.oracle.services import METADATA
from tests.oracle.statements import ddl, runnable
from tests.oracle.tokens import Token, tokens

pytestmark = [pytest.mark.oracle_grammar, pytest.mark.timeout(600)]
# Of the statements labelled bad, those that are wrong by their words; the others are wrong by what they mean.
BY_THEIR_WORDS = {
    *("on-conflict", "ilike", "limit", "distinct-on", "filter", "except", "if-exists", "recursive"),
    *("row-list", "returning", "table-alias", "update-from", "partial-index"),
}
NEVER: dict[str, dict[str, list[str]]] = {}
"""Tables that no test writes or reads by a construct, each with what it does not do."""
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
    by_words = [each.statement for each in corpus if each.rules & BY_THEIR_WORDS]
    assert [statement for statement in by_words if statement not in found] == []
    assert len(by_words) == 19


def test_the_grammar_takes_every_table(refused: Judge) -> None:
    assert refused([statement for metadata in METADATA.values() for statement in ddl(metadata)]) == {}


def test_the_grammar_takes_every_statement(refused: Judge) -> None:
    assert refused(sorted({runnable(statement) for statement in kept()})) == {}


@pytest.mark.parametrize("service", METADATA)
def test_every_table_was_written_and_read(service: str) -> None:
    """A recording that left something out proves nothing of it."""
    words = [tokens(statement) for statement in kept()]
    written = {after for pieces in words for after in _after(pieces, {"INTO", "UPDATE"})}
    read = {after for pieces in words for after in _after(pieces, {"FROM", "JOIN", "USING"})}
    missing = {
        table: [way for way, names in (("written", written), ("read", read)) if table.upper() not in names]
        for table in METADATA[service].tables
    }
    assert {table: ways for table, ways in missing.items() if ways} == NEVER.get(service, {})


def _after(pieces: list[Token], words: set[str]) -> set[str]:
    """Answers the names that stand behind one of these words, or between commas behind it."""
    return {
        b.text.strip('"').upper()
        for a, b in pairwise(pieces)
        if a.text in words | {","} and b.kind in {"word", "quoted"}
    }
