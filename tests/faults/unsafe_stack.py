"""The stack that `make run` starts, but acknowledging before the disk has it: the control of the power cut.

PostgreSQL answers a commit before its log is written; the broker keeps its default of writing back every two minutes.
"""

import sys

from branch_trust.broker import Broker
from local_stack import __main__, postgres

_render = Broker.render


def _carelessly(broker: Broker) -> str:
    careless = _render(broker).replace("  sync_interval: always\n", "")
    if careless == _render(broker):
        raise SystemExit("the control changed nothing: the broker's configuration has no sync_interval")
    return careless


if __name__ == "__main__":
    postgres.SERVING = {**postgres.SERVING, "synchronous_commit": "off", "wal_writer_delay": "10s"}
    Broker.render = _carelessly  # type: ignore[method-assign]  # the control swaps one line under the real stack
    sys.exit(__main__.main(sys.argv[1:]))
