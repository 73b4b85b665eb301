"""One line of the table: our figure, the raw limit beside it, what share of it we reach, and what we aim at."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Figure:
    """A measured figure. `share` is ours over the raw limit; `aim` the least share that is meant to hold."""

    name: str
    ours: str
    raw: str = ""
    share: float | None = None
    aim: float | None = None

    def row(self) -> str:
        """Answers the line as the table shows it."""
        share = f"{self.share:.0%}" if self.share is not None else ""
        aim = ""
        if self.share is not None and self.aim is not None:
            aim = f"aim {self.aim:.0%}: {'reached' if self.share >= self.aim else 'MISSED'}"
        return f"{self.name:<44} {self.ours:>22}  {share:>5}  {aim:<18} {self.raw}"
