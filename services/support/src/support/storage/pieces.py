"""Long lists of values cut into pieces that fit one statement."""

from collections.abc import Iterator, Sequence
from typing import TypeVar

T = TypeVar("T")
# Oracle refuses more than 1000 values in one list.
LONGEST_LIST = 500


def pieces(values: Sequence[T], size: int = LONGEST_LIST) -> Iterator[Sequence[T]]:
    """Yield the values, so many at a time."""
    for start in range(0, len(values), size):
        yield values[start : start + size]
