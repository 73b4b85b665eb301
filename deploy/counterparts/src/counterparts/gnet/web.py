"""The older system's HTTP side: write-backs in, ledger out, and the switches of its behaviour."""

import asyncio
import hmac
import json
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager, suppress
from datetime import datetime
from typing import Annotated, Any, Final

from fastapi import FastAPI, Header, HTTPException, Query, Request, Response
from fastapi.responses import HTMLResponse
from pydantic import BaseModel, Field

from counterparts.gnet.behaviour import Behaviour, Told
from counterparts.gnet.ledger import Ledger, WriteBack
from counterparts.gnet.orders import batch_of_orders, first_orders
from counterparts.gnet.page import PAGE
from counterparts.gnet.pusher import Pusher
from counterparts.gnet.settings import Settings

_OUTCOMES: Final = ("completed", "cancelled")


class OrdersToPush(BaseModel):
    """Orders to make and push now."""

    n: int = Field(default=1, ge=1, le=100_000)
    prefix: str = Field(default="T", min_length=1, max_length=40, pattern=r"^[A-Za-z0-9_-]+$")
    concurrency: int = Field(default=4, ge=1, le=64)


def application(
    settings: Settings, ledger: Ledger, pusher: Pusher, behaviour: Behaviour, now: Callable[[], datetime]
) -> FastAPI:
    """Put the routes together; the pusher runs as long as the application does."""

    @asynccontextmanager
    async def life(_app: FastAPI) -> AsyncGenerator[None]:
        jobs = [asyncio.create_task(pusher.run()), asyncio.create_task(pusher.make_orders())]
        yield
        for job in jobs:
            job.cancel()
            with suppress(asyncio.CancelledError):
                await job
        await pusher.http.aclose()
        ledger.close()

    app = FastAPI(title="G-net CRM", docs_url=None, redoc_url=None, openapi_url=None, lifespan=life)
    _add_write_backs(app, settings.write_back_token, ledger, behaviour, now)
    _add_switches(app, settings, ledger, pusher, behaviour, now)
    _add_views(app, ledger, behaviour)
    return app


def _add_write_backs(
    app: FastAPI, token: str, ledger: Ledger, behaviour: Behaviour, now: Callable[[], datetime]
) -> None:
    @app.post("/write-backs")
    async def take_write_back(  # pyright: ignore[reportUnusedFunction] - registered by the decorator
        request: Request,
        idempotency_key: Annotated[str, Header(min_length=1, max_length=200)],
        authorization: Annotated[str, Header()] = "",
    ) -> dict[str, Any]:
        """Take a result in. The same key again changes nothing and is answered as the first time."""
        if token and not hmac.compare_digest(authorization.encode(), f"Bearer {token}".encode()):
            raise HTTPException(401, "write-backs need the agreed bearer token")
        write_back = _read(idempotency_key, await request.body())
        mood = behaviour.now()
        if mood == "hang":
            await behaviour.pause()
        applied = mood in ("ok", "lose_answer")
        verdict = await asyncio.to_thread(ledger.received, write_back, at=now().isoformat(), applied=applied)
        if mood == "lose_answer":
            # The effect is there, the answer is not: the caller waits, then meets what a proxy says about it.
            await behaviour.pause()
        if mood != "ok":
            raise HTTPException(503, "out of order")
        if verdict == "unknown_order":
            raise HTTPException(404, f"no order {write_back.external_id}")
        return {"externalId": write_back.external_id, "verdict": verdict}


def _read(key: str, body: bytes) -> WriteBack:
    """Read a write-back; `externalId` and `outcome` must be there, everything else is kept as it came."""
    try:
        document: dict[str, Any] = json.loads(body)
        external_id, outcome = str(document["externalId"]), str(document["outcome"])
        sequence = int(document.get("sequence", 1))
    except (ValueError, KeyError, TypeError) as error:
        raise HTTPException(422, f"a write-back needs externalId and outcome: {error!r}") from error
    if outcome not in _OUTCOMES:
        raise HTTPException(422, f"outcome must be one of {', '.join(_OUTCOMES)}")
    return WriteBack(
        key, external_id, str(document.get("taskId", "")), outcome, sequence, body.decode("utf-8", "replace")
    )


def _add_switches(
    app: FastAPI,
    settings: Settings,
    ledger: Ledger,
    pusher: Pusher,
    behaviour: Behaviour,
    now: Callable[[], datetime],
) -> None:
    @app.post("/begin")
    def begin() -> dict[str, int]:  # pyright: ignore[reportUnusedFunction] - registered by the decorator
        """Start the demo: the first stock of orders, then one every few minutes. A second time nothing happens."""
        if ledger.mark("begun"):
            return {"added": 0}
        stock = first_orders(settings.first_orders, customers=settings.customers, now=now())
        added = ledger.add_orders(stock, at=now().isoformat())
        ledger.set_mark("begun", now().isoformat())
        pusher.woken.set()
        return {"added": added}

    @app.post("/orders")
    def push_orders(asked: OrdersToPush) -> dict[str, int]:  # pyright: ignore[reportUnusedFunction] - see above
        """Make orders and push them now; numbers that are there already are left alone."""
        pusher.concurrency = asked.concurrency
        made = batch_of_orders(asked.n, asked.prefix, customers=settings.customers, now=now())
        added = ledger.add_orders(made, at=now().isoformat())
        pusher.woken.set()
        return {"added": added}

    @app.post("/behaviour")
    def behave(told: Told) -> Told:  # pyright: ignore[reportUnusedFunction] - see above
        """Set how write-backs are treated from now on."""
        behaviour.told = told
        return told


def _add_views(app: FastAPI, ledger: Ledger, behaviour: Behaviour) -> None:
    @app.get("/ledger")
    def show_ledger(  # pyright: ignore[reportUnusedFunction] - registered by the decorator
        prefix: str = "", limit: Annotated[int, Query(ge=0, le=200_000)] = 200
    ) -> dict[str, Any]:
        """Answer counts, orders with their effects, and the last deliveries."""
        return {
            "behaviour": behaviour.told.model_dump(),
            "totals": ledger.totals(),
            "orders": ledger.orders(prefix, limit),
            "deliveries": ledger.deliveries(min(limit, 1000)),
        }

    @app.get("/livez")
    def live() -> Response:  # pyright: ignore[reportUnusedFunction] - see above
        """Answer that the program runs."""
        return Response("ok", media_type="text/plain")

    @app.get("/", response_class=HTMLResponse)
    def page() -> str:  # pyright: ignore[reportUnusedFunction] - see above
        """Answer the page on which a person watches."""
        return PAGE
