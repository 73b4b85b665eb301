"""A line that cannot be written costs the line, not the call."""

import errno
import io
import sys

import pytest

from chassis import logging


class Full(io.StringIO):
    def write(self, text: str) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")


def test_a_call_goes_on_without_its_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", Full())
    logging.start("toy")
    logging.call("/x/Y", "OK", 1.0)
    sys.stdout.flush()
