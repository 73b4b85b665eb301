"""Oracle keeps a long text (CLOB) and long bytes (BLOB) beside the row: they cannot be compared, sorted, grouped or made distinct.

ORA-00932 when it runs, and neither a grammar nor H2 knows it; so the construct itself is looked at. LIKE and IS NULL are allowed.
"""

from collections.abc import Iterator
from typing import Any, cast

from sqlalchemy import BinaryExpression, CompoundSelect, LargeBinary, Select, Text, TypeDecorator
from sqlalchemy.sql import operators, visitors

_REFUSED = {
    operators.eq, operators.ne, operators.lt, operators.le, operators.gt, operators.ge,
    operators.in_op, operators.not_in_op, operators.is_distinct_from, operators.is_not_distinct_from,
}  # fmt: skip


def misused(statement: Any) -> list[str]:
    """Answers each use of a long value that Oracle refuses."""
    elements = visitors.iterate(statement) if hasattr(statement, "get_children") else ()
    return sorted({found for element in elements for found in _of(element)})


def _of(element: Any) -> Iterator[str]:
    if isinstance(element, BinaryExpression) and element.operator in _REFUSED:
        yield from _all((element.left,), "compared")
    if isinstance(element, Select):
        select = cast("Any", element)
        yield from _all(select._group_by_clauses, "grouped by")
        yield from _all(select._order_by_clauses, "sorted by")
        yield from _all(select.selected_columns if select._distinct else (), "made distinct")
    if isinstance(element, CompoundSelect):
        united = cast("Any", element)
        yield from _all(united.selected_columns if united.keyword.name != "UNION_ALL" else (), "united")


def _all(elements: Any, how: str) -> Iterator[str]:
    for element in elements:
        inner = getattr(element, "element", element)
        if _long(inner):
            yield f"{getattr(inner, 'name', inner)} is {how}"


def _long(element: Any) -> bool:
    kind: Any = getattr(element, "type", None)
    plain: Any = kind.impl_instance if isinstance(kind, TypeDecorator) else kind
    return isinstance(plain, Text | LargeBinary)
