"""What was published of the chain outside the database: whoever shortens or rewrites it there cannot take this back."""

import json
from datetime import date

from nats.js.api import KeyValueConfig
from nats.js.errors import KeyNotFoundError, NoKeysError, NotFoundError
from nats.js.kv import KeyValue

from chassis.nats import Bus
from support.domain.audit import Witness

BUCKET = "audit"
_PREFIX = "head."


class Witnesses:
    """The last published head of every day, in a bucket of its own."""

    def __init__(self, bus: Bus) -> None:
        self._bus = bus

    async def of(self, day: date) -> Witness | None:
        """Answer what was published of a day."""
        try:
            entry = await (await self._bucket()).get(_PREFIX + day.isoformat())
        except (KeyNotFoundError, NotFoundError):
            return None
        return _read(entry.value or b"")

    async def every(self) -> dict[date, Witness]:
        """Answer what was published of every day."""
        try:
            keys = await (await self._bucket()).keys()
        except NoKeysError:
            return {}
        found = [await self.of(date.fromisoformat(key.removeprefix(_PREFIX))) for key in keys]
        return {witness.day: witness for witness in found if witness is not None}

    async def last(self) -> Witness | None:
        """Answer what was published last."""
        found = await self.every()
        return found[max(found)] if found else None

    async def publish(self, witness: Witness) -> None:
        """Publish where the chain ends; returns once the broker has stored it."""
        text = {"day": witness.day.isoformat(), "sequence": witness.sequence, "head": witness.head}
        await (await self._bucket()).put(_PREFIX + witness.day.isoformat(), json.dumps(text).encode())

    async def _bucket(self) -> KeyValue:
        try:
            return await self._bus.jetstream.key_value(BUCKET)
        except NotFoundError:
            return await self._bus.jetstream.create_key_value(KeyValueConfig(bucket=BUCKET, history=20))


def _read(data: bytes) -> Witness:
    found = json.loads(data)
    return Witness(date.fromisoformat(found["day"]), int(found["sequence"]), str(found["head"]))
