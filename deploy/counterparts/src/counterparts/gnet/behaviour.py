"""How the older system treats write-backs: well, or as badly as it is told to."""

import asyncio
import random
from dataclasses import dataclass, field
from typing import Literal

from pydantic import BaseModel, Field

Mode = Literal["ok", "fail", "hang", "lose_answer"]


class Told(BaseModel):
    """What it is told: what to do, to which share of the write-backs, and how long a pause takes."""

    mode: Mode = "ok"
    probability: float = Field(default=1.0, ge=0, le=1)
    seconds: float = Field(default=30.0, ge=0, le=600)


@dataclass
class Behaviour:
    """The mood of the moment. It is not kept: after a restart the system behaves."""

    told: Told = field(default_factory=Told)
    dice: random.Random = field(default_factory=random.Random)

    def now(self) -> Mode:
        """Answer how to treat the write-back at hand."""
        return self.told.mode if self.dice.random() < self.told.probability else "ok"

    async def pause(self) -> None:
        """Keep the caller waiting."""
        await asyncio.sleep(self.told.seconds)
