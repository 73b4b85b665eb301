"""Finds customers by a piece of a name, pinyin, initials, a customer number, or the end of a telephone number.

Each way has an index of its own, so each is a question of its own and the answers are united: one condition with OR
over all of them would read the whole table.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, false, select, union

from customer.naming import letters_of, syllables_in, tail
from customer.storage.dialect import has_pieces
from customer.storage.tables import customers, subscribers

_SHORTEST_TAIL = 4
_LONGEST_INITIALS = 8
# Sorts behind every letter and digit.
_LAST = "~"


def found_by(connection: Connection, query: str, within: ColumnElement[bool]) -> ColumnElement[bool]:
    """Answers the condition on customers that a question finds among those within reach."""
    letters = letters_of(query)
    if not letters:
        return false()
    if not letters.isascii():
        return has_pieces(connection, customers.c.name_pieces, _character_pieces(letters))
    ways = _by_digits(letters) if letters.isdigit() else _by_latin(connection, letters)
    ways.append(_begins(customers.c.customer_number, query.strip().upper()))
    arms: list[Select[*tuple[Any, ...]]] = [select(customers.c.id).where(within, way) for way in ways]
    arms.append(_by_subscriber(query.strip(), letters))
    return customers.c.id.in_(union(*arms))


def _character_pieces(letters: str) -> Sequence[str]:
    if len(letters) == 1:
        return ["^" + letters]
    return [letters[at : at + 2] for at in range(len(letters) - 1)]


def _by_digits(digits: str) -> list[ColumnElement[bool]]:
    if len(digits) < _SHORTEST_TAIL:
        return []
    ends = and_(customers.c.phone_tail == tail(digits), customers.c.phone.endswith(digits))
    return [ends, _begins(customers.c.name_key, digits)]


def _by_latin(connection: Connection, letters: str) -> list[ColumnElement[bool]]:
    ways = [_begins(customers.c.name_key, letters)]
    if 2 <= len(letters) <= _LONGEST_INITIALS:
        ways.append(has_pieces(connection, customers.c.name_pieces, ["#" + letters]))
    syllables = syllables_in(letters)
    if len(syllables) >= 2:
        pairs = [f"~{first}{second}" for first, second in pairwise(syllables)]
        ways.append(has_pieces(connection, customers.c.name_pieces, pairs))
    return ways


def _by_subscriber(written: str, letters: str) -> Select[*tuple[Any, ...]]:
    found = select(subscribers.c.customer_id)
    if letters.isdigit() and len(letters) >= _SHORTEST_TAIL:
        return found.where(subscribers.c.number_tail == tail(letters), subscribers.c.number.endswith(letters))
    return found.where(subscribers.c.number == written)


def _begins(column: ColumnElement[Any], start: str) -> ColumnElement[bool]:
    # A range and not LIKE: only a range uses an ordinary index in every collation.
    return and_(column >= start, column < start + _LAST)
