"""Older systems ↔ contract."""

from typing import Any

from crm.support.v1 import systems_pb2 as pb

from support.domain.errors import FieldRefused
from support.domain.external_system import ExternalSystem, Tile, WayIn

_WAYS = {
    WayIn.OIDC: pb.WAY_IN_OIDC,
    WayIn.SAML: pb.WAY_IN_SAML,
    WayIn.STORED_CREDENTIAL: pb.WAY_IN_STORED_CREDENTIAL,
    WayIn.LINK: pb.WAY_IN_LINK,
}
_WAY_WORDS = {number: word for word, number in _WAYS.items()}
_SAME = (
    *("code", "title_zh", "title_en", "note_zh", "note_en", "start_url", "login_url", "user_field", "password_field"),
    *("cookie_domain", "place", "active", "version"),
)


def read_system(message: pb.ExternalSystem) -> ExternalSystem:
    """Read a system; spaces around its words are nobody's wish."""
    way_in = _WAY_WORDS.get(message.way_in)
    if way_in is None:
        raise FieldRefused("system.way_in", "FIELD_REQUIRED")
    values: dict[str, Any] = {name: getattr(message, name) for name in _SAME}
    for name, value in values.items():
        values[name] = value.strip() if isinstance(value, str) else value
    values["cookie_domain"] = str(values["cookie_domain"]).lower().lstrip(".")
    return ExternalSystem(way_in=way_in, positions=tuple(sorted(set(message.positions))), **values)


def system(found: ExternalSystem) -> pb.ExternalSystem:
    """Pack a system."""
    values = {name: getattr(found, name) for name in _SAME}
    return pb.ExternalSystem(way_in=_WAYS[found.way_in], positions=found.positions, **values)


def tile(found: Tile) -> pb.SystemTile:
    """Pack a tile."""
    shown = found.system
    return pb.SystemTile(
        code=shown.code,
        title_zh=shown.title_zh,
        title_en=shown.title_en,
        note_zh=shown.note_zh,
        note_en=shown.note_en,
        way_in=_WAYS[shown.way_in],
        ready=found.ready,
    )
