"""The interpreter, set for a process that answers calls.

What a process has built by the time it is ready lives as long as it does, and looking through it again and again was the
largest single cost of a call and the longest pause between two (a twentieth of dispatch's time, 30 ms at a stretch).
"""

import gc
import sys

# A call makes some thousands of objects and almost no cycles; the usual 700 would look through the young ones several times a call.
YOUNG, MIDDLE, OLD = 20_000, 20, 20
# A thread that packs telemetry keeps the loop waiting this long each time the loop comes back from a write; the usual 5 ms
# are seen by whoever waits for a page.
TURN = 0.001


def settle() -> None:
    """Sets what has been built aside for good, looks at new objects less often, and lets threads take shorter turns."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG, MIDDLE, OLD)
    sys.setswitchinterval(TURN)
