"""`python -m counterparts.gnet_crm` runs the older system on 127.0.0.1."""

import os
from datetime import datetime
from zoneinfo import ZoneInfo

import httpx
import uvicorn

from counterparts.gnet import settings as environment
from counterparts.gnet.behaviour import Behaviour
from counterparts.gnet.ledger import Ledger
from counterparts.gnet.pusher import Pusher
from counterparts.gnet.web import application

_ZONE = ZoneInfo(os.environ.get("CRM_ZONE", "Asia/Shanghai"))


def now() -> datetime:
    """Answer the branch's time."""
    return datetime.now(_ZONE).replace(microsecond=0)


def main() -> None:
    """Read the settings, open the book, serve until told to stop."""
    settings = environment.read(os.environ)
    ledger = Ledger(settings.home_dir / "gnet_crm.sqlite")
    pusher = Pusher(settings, ledger, httpx.AsyncClient(timeout=httpx.Timeout(20.0, connect=3.0)), now)
    app = application(settings, ledger, pusher, Behaviour(), now)
    # A hanging write-back must not keep the program from ending.
    uvicorn.run(app, host="127.0.0.1", port=settings.port, log_level="warning", timeout_graceful_shutdown=2)


if __name__ == "__main__":
    main()
