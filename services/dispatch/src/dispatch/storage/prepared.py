"""Statements of the busy lists, finished once for each caller and question.

What a caller may see stands in the statement, so the caller's rights and the edition of the rules are part of the key:
a change of either is another statement. Values that differ from call to call are named parameters.
"""

from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping, Sequence
from threading import Lock
from typing import Any

from chassis.database import Unit

MOST = 2000
Finished = tuple[str, dict[str, Any]]
_kept: OrderedDict[Hashable, Finished] = OrderedDict()
_lock = Lock()


def run(unit: Unit, question: Hashable, build: Callable[[], Any], values: Mapping[str, Any]) -> Sequence[Any]:
    """Runs a statement that only reads; `build` makes it the first time this caller asks this question."""
    actor = unit.actor
    rights = (actor.id, actor.roles, actor.bureau_ids, actor.community_ids, actor.active, unit.access.edition())
    connection = unit.session.connection()
    key = (connection.dialect.name, rights, question)
    finished = _kept.get(key)
    if finished is None:
        finished = _finish(build(), connection.dialect)
        with _lock:
            _kept[key] = finished
            if len(_kept) > MOST:
                _kept.popitem(last=False)
    text, fixed = finished
    given = {name: values[name] for name in values if name in fixed}
    rows: Any = connection.exec_driver_sql(text, {**fixed, **given})
    return rows.all()


def _finish(statement: Any, dialect: Any) -> Finished:
    compiled = statement.compile(dialect=dialect, compile_kwargs={"render_postcompile": True})
    return compiled.string, dict(compiled.params)
