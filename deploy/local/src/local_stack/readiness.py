"""Whether the gateway says that everything it stands on is there: what listens may still be looking for the others."""

import json
import urllib.error
import urllib.request
from dataclasses import dataclass
from typing import Any

# Longer than the gateway itself waits for whom it asks.
_SECONDS = 5.0


@dataclass(frozen=True)
class Answer:
    """What `/readyz` says: `missing` names every service and dependency that is not there, or why there was no answer."""

    ready: bool
    missing: str = ""


def ask(gateway_port: int) -> Answer:
    """Asks the gateway once."""
    # Only ever this machine's own gateway, past whatever proxy the environment names.
    way = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with way.open(f"http://127.0.0.1:{gateway_port}/readyz", timeout=_SECONDS):
            return Answer(True)
    except urllib.error.HTTPError as error:
        return Answer(False, _missing(error.read()))
    except (OSError, ValueError) as error:
        return Answer(False, f"the gateway does not answer ({error})")


def _missing(body: bytes) -> str:
    try:
        said: dict[str, Any] = json.loads(body)
        services: dict[str, dict[str, str]] = said["services"]
    except (ValueError, KeyError, TypeError):
        return "the gateway does not say what it misses"
    down = [f"{service}: {name}" for service, states in services.items() for name, up in states.items() if up != "up"]
    return ", ".join(down)
