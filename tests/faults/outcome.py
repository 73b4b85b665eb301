"""What a scenario found: figures, the ledgers' verdict, and which promises were broken."""

from collections.abc import Callable
from dataclasses import dataclass, field

from tests.faults.ledger import Verdict
from tests.faults.stage import Stage

Alone = Callable[[int, bool], "Outcome"]
"""A scenario with a stack of its own: seed, and whether a promise is to be broken on purpose."""
Shared = Callable[["Stage", int], "Outcome"]
"""A scenario on the stack that several share."""


@dataclass
class Outcome:
    """The end of a scenario. Clean: no promise broken and nothing lost or doubled."""

    figures: dict[str, object] = field(default_factory=dict[str, object])
    broken: list[str] = field(default_factory=list[str])
    verdict: Verdict | None = None

    def promise(self, kept: bool, what: str) -> None:
        """Notes a promise that was not kept."""
        if not kept:
            self.broken.append(what)

    @property
    def clean(self) -> bool:
        """True when every promise was kept."""
        return not self.broken and (self.verdict is None or self.verdict.clean)

    def __str__(self) -> str:
        lines = [f"  {name}: {value}" for name, value in self.figures.items()]
        lines += [f"  ledger: {self.verdict}"] if self.verdict else []
        return "\n".join([*lines, *(f"  BROKEN: {each}" for each in self.broken)])
