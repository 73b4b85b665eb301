"""The lint of a rendered compose file: what must be true of every container. Pure, so that it can be shown to bite."""

import re
from collections.abc import Mapping
from typing import Any

Rendered = Mapping[str, Any]
GIB = 1 << 30
ALL_LIMITS = 6 * GIB
ONE_SHOT = frozenset({"databases", "realm", "demo", "restore"})
"""Containers that end by themselves: they have no health to be asked for, and start again only when they failed."""
AS_ROOT = {"restore": frozenset({"CHOWN", "DAC_OVERRIDE", "FOWNER", "KILL", "SETGID", "SETUID"})}
"""Who is root, and with which rights at most: what gives files of several users back, while everything else stands still."""
BY_THEMSELVES = frozenset({"restore", "oracle"})
"""Not counted among what runs together: one runs while the others stand still, the other needs a server of more memory."""
FOREIGN = {"oracle": frozenset({"its root can be written to"})}
"""What is borne with in an image of somebody else's, which nothing of ours runs in."""
_RESTARTS = {"always", "unless-stopped"}
_SECRET_WORDS = re.compile(r"password|secret|token|private_?key|credential", re.IGNORECASE)
_PINNED = re.compile(r":[^:/@]*\d[^:/]*$|@sha256:[0-9a-f]{64}$")


def complaints(rendered: Rendered) -> list[str]:
    """Answers everything that is wrong, as `service: what`."""
    services: Mapping[str, Rendered] = rendered["services"]
    found = [f"{name}: {wrong}" for name, service in services.items() for wrong in _service(name, service)]
    total = sum(int(one.get("mem_limit") or 0) for name, one in services.items() if name not in BY_THEMSELVES)
    if total > ALL_LIMITS:
        found.append(f"all: the memory limits add up to {total / GIB:.2f} GiB; the server gives {ALL_LIMITS / GIB:.0f}")
    return found


def _service(name: str, service: Rendered) -> list[str]:
    rules = {
        "runs as root": _user(service) != "root" or name in AS_ROOT,
        "its root can be written to": service.get("read_only") is True,
        "keeps capabilities": _gives_rights_up(name, service),
        "may gain privileges": "no-new-privileges:true" in (service.get("security_opt") or []),
        "is privileged": not service.get("privileged"),
        "has no memory limit": int(service.get("mem_limit") or 0) > 0,
        "may swap past its limit": service.get("memswap_limit") == service.get("mem_limit"),
        "has no limit of processes": 0 < int(service.get("pids_limit") or 0) <= 1000,
        "has no health check": name in ONE_SHOT or _asked_for_health(service),
        "does not start again": _starts_again(name, service),
        "its log grows without end": _log_ends(service),
        "its image is not pinned": bool(_PINNED.search(str(service.get("image", "")))),
        "shares the host": not _shares_the_host(service),
        "reaches the engine": "docker.sock" not in str(service.get("volumes")),
        "has no deadline to stop": bool(service.get("stop_grace_period")),
    }
    borne_with = FOREIGN.get(name, frozenset[str]())
    return [wrong for wrong, right in rules.items() if not right and wrong not in borne_with] + _in_the_open(service)


def _gives_rights_up(name: str, service: Rendered) -> bool:
    kept = set[str](service.get("cap_add") or [])
    if kept and (service.get("ports") or set(service.get("networks") or {}) - {"inside"}):
        return False
    return "ALL" in (service.get("cap_drop") or []) and kept <= AS_ROOT.get(name, frozenset())


def _user(service: Rendered) -> str:
    user = str(service.get("user", "root")).partition(":")[0]
    return "root" if user in {"", "0", "root"} else user


def _asked_for_health(service: Rendered) -> bool:
    check: Rendered = service.get("healthcheck") or {}
    return bool(check.get("test")) and check["test"][0] != "NONE" and not check.get("disable")


def _starts_again(name: str, service: Rendered) -> bool:
    policy = str(service.get("restart", "no"))
    return policy in _RESTARTS or (name in ONE_SHOT and (policy == "no" or policy.startswith("on-failure")))


def _log_ends(service: Rendered) -> bool:
    log: Rendered = service.get("logging") or {}
    options: Rendered = log.get("options") or {}
    return log.get("driver") == "json-file" and bool(options.get("max-size")) and bool(options.get("max-file"))


def _shares_the_host(service: Rendered) -> bool:
    modes = [str(service.get(mode, "")) for mode in ("network_mode", "pid", "ipc", "userns_mode")]
    return "host" in modes


def _in_the_open(service: Rendered) -> list[str]:
    """A secret in an environment is seen by everybody who may look at the container; one in a file is not."""
    environment: Mapping[str, Any] = service.get("environment") or {}
    return [
        f"{key} stands in its environment"
        for key, value in environment.items()
        if _SECRET_WORDS.search(key) and value and not str(value).startswith(("/", "https://"))
    ] + [
        f"{key} carries a password in an address"
        for key, value in environment.items()
        if re.search(r"://[^/@\s:]+:[^/@\s]+@", str(value))
    ]
