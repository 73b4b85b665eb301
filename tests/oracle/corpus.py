"""Statements labelled by hand: those Oracle 19c takes, and those it refuses or misunderstands, with the rule that says so."""

import csv
from dataclasses import dataclass
from pathlib import Path

FILE = Path(__file__).with_name("corpus.tsv")


@dataclass(frozen=True)
class Labelled:
    """A statement and which rules of the lint must find fault with it; a good one has none."""

    statement: str
    rules: frozenset[str]


def labelled() -> list[Labelled]:
    """Reads the file."""
    with FILE.open(encoding="utf-8", newline="") as lines:
        return [
            Labelled(row["statement"], frozenset(filter(None, row["rule"].split(","))))
            for row in csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)
        ]
