"""Finds customers by a piece of a name, pinyin, initials, a customer number, or the end of a telephone number.

Each way has an index of its own, so each is a question of its own and the answers are united: one condition with OR
over all of them would read the whole table.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, select

from customer.naming import first_readings, letters_of, syllables_in, tail
from customer.storage.dialect import has_pieces
from customer.storage.tables import customers, subscribers

NAME, PHONE, SUBSCRIBER_NUMBER = "name", "phone", "subscribers.number"
_SHORTEST_TAIL = 4
_LONGEST_INITIALS = 8
# Sorts behind every letter and digit.
_LAST = "~"


@dataclass(frozen=True)
class Way:
    """One way in which a question finds customers."""

    condition: ColumnElement[bool]
    column: str
    """The column it goes by; empty for the customer number, which no rule hides. Only where that column is open in full may
    the way find a customer: an answer that depends on a masked value tells the value."""
    by_name: bool = False
    """True where it reads the names from one place on, in their order."""


def ways_to(connection: Connection, query: str) -> list[Way]:
    """Answers the ways in which a question finds customers; none when it asks for nothing that a name or number has."""
    letters = letters_of(query)
    if not letters:
        return []
    if len(letters) == 1 and not letters.isascii():
        return _by_first_character(connection, letters)
    if not letters.isascii():
        return [Way(has_pieces(connection, customers.c.name_pieces, _character_pieces(letters)), NAME)]
    ways = _by_digits(letters) if letters.isdigit() else _by_latin(connection, letters)
    number = Way(_begins(customers.c.customer_number, query.strip().upper()), "")
    return [*ways, number, Way(customers.c.id.in_(_by_subscriber(query.strip(), letters)), SUBSCRIBER_NUMBER)]


def _by_first_character(connection: Connection, letter: str) -> list[Way]:
    # Names that begin with one character stand together in the order of pinyin; without that, a common surname
    # would be looked for through all names before its own.
    piece = has_pieces(connection, customers.c.name_pieces, ["^" + letter])
    return [
        Way(and_(piece, _begins(customers.c.name_key, reading)), NAME, by_name=True)
        for reading in first_readings(letter)
    ]


def _character_pieces(letters: str) -> Sequence[str]:
    return [letters[at : at + 2] for at in range(len(letters) - 1)]


def _by_digits(digits: str) -> list[Way]:
    if len(digits) < _SHORTEST_TAIL:
        return []
    ends = and_(customers.c.phone_tail == tail(digits), customers.c.phone.endswith(digits))
    return [Way(ends, PHONE), Way(_begins(customers.c.name_key, digits), NAME, by_name=True)]


def _by_latin(connection: Connection, letters: str) -> list[Way]:
    ways = [Way(_begins(customers.c.name_key, letters), NAME, by_name=True)]
    if 2 <= len(letters) <= _LONGEST_INITIALS:
        ways.append(Way(has_pieces(connection, customers.c.name_pieces, ["#" + letters]), NAME))
    syllables = syllables_in(letters)
    if len(syllables) >= 2:
        pairs = [f"~{first}{second}" for first, second in pairwise(syllables)]
        ways.append(Way(has_pieces(connection, customers.c.name_pieces, pairs), NAME))
    return ways


def _by_subscriber(written: str, letters: str) -> Select[*tuple[Any, ...]]:
    found = select(subscribers.c.customer_id)
    if letters.isdigit() and len(letters) >= _SHORTEST_TAIL:
        return found.where(subscribers.c.number_tail == tail(letters), subscribers.c.number.endswith(letters))
    return found.where(subscribers.c.number == written)


def _begins(column: ColumnElement[Any], start: str) -> ColumnElement[bool]:
    # A range and not LIKE: only a range uses an ordinary index in every collation.
    return and_(column >= start, column < start + _LAST)
