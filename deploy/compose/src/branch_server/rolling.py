"""`make restart S=dispatch`: a fresh container beside the old one; the old one goes when the fresh one serves.

That is also how one part is brought to another image while people work. What a part depends on is named to compose, too (never
`--no-deps`): compose 2.26 counts it among what a container was made from, and would make it anew at the next `make up`.
"""

import time

from branch_server.places import Refusal
from branch_server.programs import answer, run
from branch_server.suite import BESIDE, compose

HEALTHY_SECONDS = 300.0


def restart(part: str) -> None:
    """Replaces one part."""
    old = containers(part)
    if part not in BESIDE or not old:
        run(f"stopping {part}", compose("rm", "--stop", "--force", part))
        wait = ["--wait", "--wait-timeout", str(int(HEALTHY_SECONDS))]
        run(f"starting {part}", compose("up", "-d", "--no-recreate", *wait, part))
        return
    run(f"starting another {part}", compose("up", "-d", "--no-recreate", "--scale", f"{part}={len(old) + 1}", part))
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
