"""`python -m counterparts.gnet_crm` runs the older system; on 127.0.0.1 unless told otherwise."""

import os
import signal
import sys
from datetime import datetime
from types import FrameType
from zoneinfo import ZoneInfo

import httpx
import uvicorn
from fastapi import FastAPI

from counterparts.gnet import settings as environment
from counterparts.gnet.behaviour import Behaviour
from counterparts.gnet.ledger import Ledger
from counterparts.gnet.pusher import Pusher
from counterparts.gnet.settings import Settings
from counterparts.gnet.web import application

_ZONE = ZoneInfo(os.environ.get("CRM_ZONE", "Asia/Shanghai"))


def now() -> datetime:
    """Answer the branch's time."""
    return datetime.now(_ZONE).replace(microsecond=0)


def build(settings: Settings) -> FastAPI:
    """Open the book and put the program together."""
    ledger = Ledger(settings.home_dir / "gnet_crm.sqlite")
    pusher = Pusher(settings, ledger, httpx.AsyncClient(timeout=httpx.Timeout(20.0, connect=3.0)), now)
    return application(settings, ledger, pusher, Behaviour(), now)


def main() -> None:
    """Read the settings and serve until told to stop."""
    settings = environment.read(os.environ)
    # uvicorn ends in good order and then raises the signal again: to be stopped is no failure.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _end)
    # A hanging write-back must not keep the program from ending.
    uvicorn.run(
        build(settings), host=settings.host, port=settings.port, log_level="warning", timeout_graceful_shutdown=2
    )


def _end(_number: int, _frame: FrameType | None) -> None:
    sys.exit(0)


if __name__ == "__main__":
    main()
