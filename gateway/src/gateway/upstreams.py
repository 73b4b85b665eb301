"""Which service answers which call: one channel each, and one route for every method of its contract."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from importlib import import_module
from pkgutil import iter_modules
from typing import Any

import grpc.aio
from crm.operations.v1 import dead_letters_pb2
from google.protobuf.descriptor import FileDescriptor, MethodDescriptor
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass

from chassis import channels
from chassis.tls import Certificates

# Answered by every service for itself; a call names the service in front: `/dispatch/crm.operations.v1.DeadLetterService/…`.
_OF_EVERY_SERVICE = (dead_letters_pb2.DESCRIPTOR,)


def _contracts(name: str) -> Iterator[FileDescriptor]:
    """Answers every contract of a service: each file of its package."""
    package = import_module(f"crm.{name}.v1")
    for module in iter_modules(package.__path__):
        if module.name.endswith("_pb2"):
            yield import_module(f"{package.__name__}.{module.name}").DESCRIPTOR


@dataclass(frozen=True, slots=True)
class Route:
    """One method of one service."""

    path: str
    service: str
    request: type[Message]
    response: type[Message]
    streams_in: bool
    streams_out: bool
    # Bytes in, bytes out: the shape of the gRPC call that fits the method.
    call: Callable[..., Any]

    @property
    def unary(self) -> bool:
        """True for one message in and one out."""
        return not (self.streams_in or self.streams_out)


class Upstreams:
    """The services behind the gateway."""

    def __init__(self, addresses: Mapping[str, str], certificates: Certificates | None = None) -> None:
        self.channels = {name: channels.plain(at, certificates) for name, at in addresses.items()}
        self.routes: dict[str, Route] = {}
        for name, channel in self.channels.items():
            self._learn(name, channel)

    def _learn(self, name: str, channel: grpc.aio.Channel) -> None:
        for contract in _contracts(name):
            for service in contract.services_by_name.values():
                for method in service.methods:
                    path = f"/{service.full_name}/{method.name}"
                    self.routes[path] = _route(path, name, method, channel)
        for contract in _OF_EVERY_SERVICE:
            for service in contract.services_by_name.values():
                for method in service.methods:
                    path = f"/{service.full_name}/{method.name}"
                    self.routes[f"/{name}{path}"] = _route(path, name, method, channel)

    def services(self) -> tuple[str, ...]:
        """Full names of the services that are known."""
        return tuple(sorted({route.path.split("/")[1] for route in self.routes.values()}))

    async def close(self) -> None:
        """Closes every channel."""
        for channel in self.channels.values():
            await channel.close(grace=1.0)


def _route(path: str, name: str, method: MethodDescriptor, channel: grpc.aio.Channel) -> Route:
    shapes: dict[tuple[bool, bool], Any] = {
        (False, False): channel.unary_unary,
        (False, True): channel.unary_stream,
        (True, False): channel.stream_unary,
        (True, True): channel.stream_stream,
    }
    return Route(
        path=path,
        service=name,
        request=GetMessageClass(method.input_type),
        response=GetMessageClass(method.output_type),
        streams_in=method.client_streaming,
        streams_out=method.server_streaming,
        call=shapes[method.client_streaming, method.server_streaming](path),
    )
