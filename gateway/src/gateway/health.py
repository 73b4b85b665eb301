"""`/livez`: the process answers. `/readyz`: every dependency of the gateway and of every service, by name."""

import asyncio
from collections.abc import Mapping
from functools import partial
from time import monotonic
from typing import Any

import grpc
import grpc.aio
import orjson
from fastapi import APIRouter, Response
from grpc_health.v1 import health_pb2, health_pb2_grpc

from chassis import vitals
from chassis.health import Probe
from chassis.telemetry import on

_ASKED = ("", "database", "nats", "keycloak")
_SECONDS = 2.0
# Looks after the others; without it nobody is worse served, so it is named and not counted.
_WATCHES = frozenset({"telemetry"})
# However often it is asked, the services are asked once a second.
_REMEMBERED = 1.0


class Readiness:
    """Asks everybody, all at once."""

    def __init__(self, channels: Mapping[str, grpc.aio.Channel], own: Mapping[str, Probe]) -> None:
        self._channels = channels
        self._own = own
        self._said: dict[str, Any] = {}
        self._said_at = -_REMEMBERED
        self._asking = asyncio.Lock()

    def router(self) -> APIRouter:
        """The paths."""
        router = APIRouter()
        router.add_api_route("/livez", self.livez, methods=["GET"])
        router.add_api_route("/readyz", self.readyz, methods=["GET"])
        return router

    async def livez(self) -> Response:
        """The process answers; nothing else is asked."""
        return _answer(200, {"status": "up"})

    async def readyz(self) -> Response:
        """Every dependency, by name; 503 while one of them is down."""
        async with self._asking:
            if monotonic() - self._said_at >= _REMEMBERED:
                self._said, self._said_at = await self._ask(), monotonic()
        return _answer(200 if self._said["status"] == "up" else 503, self._said)

    async def watch(self) -> None:
        """Says every few seconds how everything is that the gateway stands on; runs for ever where telemetry is on."""
        own = {**self._own, **{name: partial(_reach, channel) for name, channel in self._channels.items()}}
        while on():
            await asyncio.gather(*(_note(name, probe) for name, probe in own.items()))
            await asyncio.sleep(vitals.EVERY)

    async def own_up(self) -> bool:
        """Whether everything the gateway itself stands on is there."""
        return all(state == "up" for state in (await self._ask_own()).values())

    async def _ask(self) -> dict[str, Any]:
        names = ["gateway", *self._channels]
        found = await asyncio.gather(self._ask_own(), *(self._ask_service(each) for each in self._channels.values()))
        services = dict(zip(names, found, strict=True))
        counted = [dependencies for name, dependencies in services.items() if name not in _WATCHES]
        up = all(state == "up" for dependencies in counted for state in dependencies.values())
        return {"status": "up" if up else "down", "services": services}

    async def _ask_own(self) -> dict[str, str]:
        states = await asyncio.gather(*(_probe(probe) for probe in self._own.values()))
        return {"process": "up", **dict(zip(self._own, states, strict=True))}

    async def _ask_service(self, channel: grpc.aio.Channel) -> dict[str, str]:
        states = await asyncio.gather(*(_check(channel, name) for name in _ASKED))
        return {name or "process": state for name, state in zip(_ASKED, states, strict=True) if state}


async def _probe(probe: Probe) -> str:
    try:
        await asyncio.wait_for(probe(), _SECONDS)
    except Exception as error:
        return f"down: {getattr(error, 'reason', '') or type(error).__name__}"
    return "up"


async def _note(name: str, probe: Probe) -> None:
    began = monotonic()
    try:
        await asyncio.wait_for(probe(), 4)
    except Exception as error:
        vitals.dependency(name, took=monotonic() - began, error=error)
    else:
        vitals.dependency(name, took=monotonic() - began)


async def _reach(channel: grpc.aio.Channel) -> None:
    """Raises unless the service answers at all; how it finds its own dependencies is for itself to say."""
    stub: Any = health_pb2_grpc.HealthStub(channel)  # its methods are declared at run time
    await stub.Check(health_pb2.HealthCheckRequest(), timeout=_SECONDS)


async def _check(channel: grpc.aio.Channel, name: str) -> str:
    """How one dependency of a service is; empty for one the service does not have."""
    try:
        stub: Any = health_pb2_grpc.HealthStub(channel)  # its methods are declared at run time
        answer = await stub.Check(health_pb2.HealthCheckRequest(service=name), timeout=_SECONDS)
    except grpc.aio.AioRpcError as error:
        return "" if error.code() is grpc.StatusCode.NOT_FOUND and name else f"down: {error.code().name}"
    return "up" if answer.status == health_pb2.HealthCheckResponse.SERVING else "down"


def _answer(status: int, body: dict[str, Any]) -> Response:
    return Response(
        orjson.dumps(body, option=orjson.OPT_INDENT_2),
        status_code=status,
        media_type="application/json",
        headers={"cache-control": "no-store"},
    )
