"""`make restart S=dispatch`: a fresh container beside the old one; the old one goes when the fresh one serves.

That is also how one part is brought to another image while people work.
"""

import time

from branch_server.places import Refusal
from branch_server.programs import answer, run
from branch_server.suite import compose

BESIDE = ("gateway", "dispatch", "customer", "support")
"""Parts that may run twice for a moment. Databases and the broker may not: they keep one folder each."""
HEALTHY_SECONDS = 300.0


def restart(part: str) -> None:
    """Replaces one part."""
    old = containers(part)
    if part not in BESIDE or not old:
        wait = ["--wait", "--wait-timeout", str(int(HEALTHY_SECONDS))]
        run(f"restarting {part}", compose("up", "-d", "--no-deps", "--force-recreate", *wait, part))
        return
    beside = ["up", "-d", "--no-deps", "--no-recreate", "--scale", f"{part}={len(old) + 1}", part]
    run(f"starting another {part}", compose(*beside))
    fresh = [one for one in containers(part) if one not in old]
    _until_healthy(part, fresh)
    run(f"stopping the old {part}", ["docker", "stop", *old])
    run("removing it", ["docker", "rm", *old])


def containers(part: str) -> list[str]:
    """Answers the running containers of a part."""
    status, text = answer(compose("ps", "-q", part))
    return text.split() if status == 0 else []


def _until_healthy(part: str, fresh: list[str]) -> None:
    deadline = time.monotonic() + HEALTHY_SECONDS
    ask = ["docker", "inspect", "--format", "{{.State.Status}} {{.State.Health.Status}}", *fresh]
    while not fresh or any(line != "running healthy" for line in answer(ask)[1].splitlines()):
        if time.monotonic() > deadline or "exited" in answer(ask)[1]:
            answer(["docker", "rm", "-f", *fresh])
            raise Refusal(f"the new {part} does not get healthy; the old one goes on serving. See make logs S={part}")
        time.sleep(1)
