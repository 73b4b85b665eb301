"""What a long test says on its way."""

import time


class Steps:
    """Says how long each step took."""

    def __init__(self) -> None:
        self.began = time.monotonic()

    def done(self, what: str) -> None:
        """Says that a step is over."""
        print(f"{time.monotonic() - self.began:6.0f} s  {what}", flush=True)
        self.began = time.monotonic()
