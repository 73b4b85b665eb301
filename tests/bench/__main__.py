"""`make bench`: our figures with the raw limit beside each, in one run. Nothing here is a test; nothing fails by being slow."""

import platform
import sys
import time

import psutil

from tests.bench import access, customer_load, generator, home_page, inbound, memory, views, wrk
from tests.bench.figures import Figure
from tests.otlp import receiving
from tests.rig import running


def main() -> int:
    """Runs everything and prints the table."""
    if not wrk.available():
        print("make bench: wrk is missing; install it (Debian: apt-get install wrk)", file=sys.stderr)
        return 2
    print(f"{platform.platform()}, {psutil.cpu_count()} cores, Python {platform.python_version()}")
    # Telemetry is on, as in a branch: every call's spans leave for an endpoint of our own.
    with receiving() as sink, running(customers=2000, environment={"CRM_OTLP_ENDPOINT": sink.endpoint}) as rig:
        time.sleep(20)  # idle means idle: let start-up work come to rest
        _print("memory, idle", memory.measure(rig))
        _print("home page", home_page.measure(rig))
        _print("inbound", inbound.measure(rig))
    _print("bulk load", customer_load.measure())
    _print("generator", generator.measure())
    _print("recording of views", views.measure())
    _print("access", access.measure())
    return 0


def _print(title: str, figures: list[Figure]) -> None:
    print(f"\n{title}\n" + "\n".join(figure.row() for figure in figures), flush=True)


if __name__ == "__main__":
    sys.exit(main())
