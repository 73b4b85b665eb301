"""Typed settings as they hold at a unit on a day: community before bureau before branch before the service's own default."""

import json
from collections.abc import Callable, Iterable, Sequence
from datetime import date
from typing import Any

from crm.common.v1 import access_pb2
from crm.support.v1 import parameters_pb2, support_pb2

from chassis.access import UNITS_KEY, Source

PARAMETER_PREFIX = "parameter."


class Parameters:
    """Reads the values that support publishes; a service can only ask for what it declares."""

    def __init__(
        self,
        documents: Source,
        declared: Iterable[access_pb2.ParameterDeclaration],
        *,
        today: Callable[[], date],
    ) -> None:
        self._documents = documents
        self._defaults: dict[str, Any] = {each.key: json.loads(each.default_json) for each in declared}
        self._today = today
        self._parsed: dict[str, tuple[bytes, parameters_pb2.ParameterDocument]] = {}
        self._parents: tuple[bytes | None, dict[str, str]] = (None, {})

    def value(self, key: str, unit_ids: Sequence[str] = (), on: date | None = None) -> Any:
        """Answers what holds at the first of these units that has a value of its own or above it, such as a row's community
        and its bureau; without units at the branch. `KeyError` for a parameter the service does not declare.
        """
        default = self._defaults[key]
        values = self._values(key)
        day = (on or self._today()).isoformat()
        for unit in self._upwards(unit_ids):
            found = _in_force(values, unit, day)
            if found:
                return json.loads(found)
        return default

    def _values(self, key: str) -> Sequence[parameters_pb2.ParameterValue]:
        data = self._documents.get(PARAMETER_PREFIX + key)
        if data is None:
            return ()
        held = self._parsed.get(key)
        if held is None or held[0] is not data:
            held = self._parsed[key] = (data, parameters_pb2.ParameterDocument.FromString(data))
        return held[1].values

    def _upwards(self, unit_ids: Sequence[str]) -> list[str]:
        """Answers the units with those above them, nearest first; the branch is the empty id, at the end."""
        parents = self._tree()
        found: list[str] = []
        for unit in unit_ids:
            while unit and unit not in found and parents.get(unit):
                found.append(unit)
                unit = parents[unit]
        return [*found, ""]

    def _tree(self) -> dict[str, str]:
        data = self._documents.get(UNITS_KEY)
        if self._parents[0] is not data:
            units = support_pb2.UnitsDocument.FromString(data or b"").units
            self._parents = (data, {unit.id: unit.parent_id for unit in units})
        return self._parents[1]


def _in_force(values: Sequence[parameters_pb2.ParameterValue], unit: str, day: str) -> str:
    """Answers the value of a unit on a day, JSON; empty where it has none of its own then."""
    own = [each for each in values if each.unit_id == unit and each.effective_from <= day]
    return max(own, key=lambda each: (each.effective_from, each.id)).value_json if own else ""
