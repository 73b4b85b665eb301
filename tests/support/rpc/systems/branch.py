"""The service with older systems behind its gate, and who calls it."""

from typing import Any

import pytest
from crm.support.v1 import systems_events_pb2 as events
from crm.support.v1 import systems_pb2 as pb
from grpc import aio
from sqlalchemy import LargeBinary, select

from chassis.database import Database
from support.messaging.systems import OPENED
from support.storage.schema import metadata, plumbing
from support.storage.systems_tables import credentials
from tests.chassis.issuer import Issuer
from tests.support.older_site import PASSWORD, Site
from tests.support.refusals import said_by

COMPLAINTS = "complaints"


class Branch:
    """The service behind its gate, and who calls it."""

    def __init__(self, stub: Any, database: Database, issuer: Issuer) -> None:
        self.database = database
        self._stub = stub
        self._issuer = issuer

    async def call(self, method: str, request: Any, number: str = "m001", role: str = "customer_manager") -> Any:
        token = self._issuer.token(preferred_username=number, name=number, realm_access={"roles": [role]})
        return await getattr(self._stub, method)(request, metadata=(("authorization", f"Bearer {token}"),))

    async def admin(self, method: str, request: Any) -> Any:
        return await self.call(method, request, "admin", "administrator")

    async def refused(self, method: str, request: Any, *who: str) -> tuple[str, str, dict[str, str]]:
        with pytest.raises(aio.AioRpcError) as caught:
            await self.call(method, request, *who)
        assert PASSWORD not in str(caught.value)
        return said_by(caught.value)

    async def tiles(self, *who: str) -> list[tuple[str, bool]]:
        answer = await self.call("ListMySystems", pb.ListMySystemsRequest(), *who)
        return [(tile.code, tile.ready) for tile in answer.tiles]

    async def open(self, code: str = COMPLAINTS) -> Any:
        return await self.call("OpenSystem", pb.OpenSystemRequest(code=code))

    async def store(self, password: str = PASSWORD, number: str = "m001") -> None:
        request = pb.StoreCredentialRequest(code=COMPLAINTS, user="zhang.san", password=password)
        await self.call("StoreCredential", request, number)

    def outcomes(self) -> list[str]:
        outbox = plumbing.outbox
        with self.database.engine.connect() as connection:
            rows = connection.execute(select(outbox).where(outbox.c.subject == OPENED).order_by(outbox.c.id)).all()
        return [events.SystemOpened.FromString(row.payload).outcome for row in rows]

    def stored(self) -> list[Any]:
        with self.database.engine.connect() as connection:
            return list(connection.execute(select(credentials).order_by(credentials.c.staff_number)))

    def everything(self) -> bytes:
        """Every value of every row of every table."""
        parts: list[bytes] = []
        with self.database.engine.connect() as connection:
            for table in metadata.sorted_tables:
                binary = {column.name for column in table.columns if isinstance(column.type, LargeBinary)}
                for row in connection.execute(select(table)).mappings():
                    parts += [row[name] if name in binary else str(value).encode() for name, value in row.items()]
        return b"\n".join(parts)


def described(site: Site, **changes: Any) -> pb.ExternalSystem:
    values: dict[str, Any] = {
        "code": COMPLAINTS,
        "title_zh": "投诉处理",
        "title_en": "Complaint handling",
        "way_in": pb.WAY_IN_STORED_CREDENTIAL,
        "start_url": f"{site.url}/",
        "login_url": f"{site.url}/login",
        "user_field": "j_user",
        "password_field": "j_pass",
        "positions": ["customer_manager"],
        "place": 3,
        "active": True,
    }
    return pb.ExternalSystem(**{**values, **changes})


def link(code: str, **changes: Any) -> pb.ExternalSystem:
    values: dict[str, Any] = {
        "code": code,
        "title_zh": code,
        "title_en": code,
        "way_in": pb.WAY_IN_LINK,
        "start_url": f"https://{code}.example/",
        "active": True,
    }
    return pb.ExternalSystem(**{**values, **changes})
