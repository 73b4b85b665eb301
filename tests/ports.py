"""Ports for the stacks that tests start: below those that the system gives to outgoing connections (32768 on Linux), for
one of these may take a port between the moment it was free and the moment a stack listens on it."""

import random
import socket

SPAN = 18
"""A stack's ports are the base and those above it (`local_stack.layout.Ports`)."""


def free_range() -> int:
    """Answers a base port with the seventeen above it free at this moment."""
    while True:
        base = random.randrange(20_000, 32_000, 20)
        if all(_free(port) for port in range(base, base + SPAN)):
            return base


def _free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
