"""The calls about older systems: unpack, action, pack; the older system itself is asked between two actions."""

from typing import Any

from crm.support.v1 import systems_pb2 as pb
from crm.support.v1 import systems_pb2_grpc
from grpc.aio import ServicerContext

from chassis.database import Database
from chassis.identity import caller
from support.actions.open_system import Opening, begin_opening, end_opening
from support.actions.set_system import delete_system, list_systems, set_system
from support.actions.store_credential import forget_credential, list_tiles, store_credential
from support.domain.external_system import CredentialWanted, Outcome, SystemUnreachable
from support.form_sign_in import SignedIn, sign_in
from support.rpc import systems_messages as messages
from support.sealing import Credential, Keys, SealBroken, Sealed
from support.storage.credentials import Kept

Context = ServicerContext[Any, Any]


class SystemServicer(systems_pb2_grpc.SystemServiceServicer):
    """Older systems, their tiles, and the way in."""

    def __init__(self, database: Database, keys: Keys, portal_host: str) -> None:
        self._database = database
        self._keys = keys
        self._portal_host = portal_host

    async def ListMySystems(self, request: pb.ListMySystemsRequest, context: Context) -> pb.ListMySystemsResponse:
        """List the tiles of the caller."""
        tiles = await self._database.read(caller(), list_tiles)
        return pb.ListMySystemsResponse(tiles=[messages.tile(tile) for tile in tiles])

    async def ListSystems(self, request: pb.ListSystemsRequest, context: Context) -> pb.ListSystemsResponse:
        """List every older system."""
        found = await self._database.read(caller(), list_systems)
        return pb.ListSystemsResponse(systems=[messages.system(system) for system in found])

    async def SetSystem(self, request: pb.SetSystemRequest, context: Context) -> pb.SetSystemResponse:
        """Add or change an older system."""
        wanted = messages.read_system(request.system)
        after = await self._database.run(caller(), set_system, wanted, self._portal_host)
        return pb.SetSystemResponse(system=messages.system(after))

    async def DeleteSystem(self, request: pb.DeleteSystemRequest, context: Context) -> pb.DeleteSystemResponse:
        """Remove an older system and what was stored for it."""
        await self._database.run(caller(), delete_system, request.code)
        return pb.DeleteSystemResponse()

    async def StoreCredential(self, request: pb.StoreCredentialRequest, context: Context) -> pb.StoreCredentialResponse:
        """Store the caller's name and password."""
        await self._database.run(caller(), store_credential, request.code, request.user, request.password, self._keys)
        return pb.StoreCredentialResponse()

    async def ForgetCredential(
        self, request: pb.ForgetCredentialRequest, context: Context
    ) -> pb.ForgetCredentialResponse:
        """Forget the caller's name and password."""
        await self._database.run(caller(), forget_credential, request.code)
        return pb.ForgetCredentialResponse()

    async def OpenSystem(self, request: pb.OpenSystemRequest, context: Context) -> pb.OpenSystemResponse:
        """Sign the caller in and answer where to go."""
        opening = await self._database.run(caller(), begin_opening, request.code)
        if opening.wanted_because:
            raise CredentialWanted(code=opening.system.code, cause=opening.wanted_because)
        went = await self._post(opening, opening.credential) if opening.credential else SignedIn(Outcome.OPENED)
        if went.outcome is Outcome.CREDENTIAL_REFUSED:
            raise CredentialWanted(code=opening.system.code, cause="REFUSED")
        if went.outcome is Outcome.SYSTEM_UNREACHABLE:
            raise SystemUnreachable(code=opening.system.code, cause=went.cause)
        return pb.OpenSystemResponse(location=opening.system.start_url, set_cookies=went.set_cookies)

    async def _post(self, opening: Opening, kept: Kept) -> SignedIn:
        credential = self._clear(kept)
        went = SignedIn(Outcome.CREDENTIAL_REFUSED) if credential is None else await sign_in(opening.system, credential)
        await self._database.run(caller(), end_opening, opening, went.outcome)
        return went

    def _clear(self, kept: Kept) -> Credential | None:
        """The credential in clear; None for one that no key of ours opens: it is entered anew."""
        try:
            return self._keys.open(Sealed(kept.key_id, kept.sealed), kept.staff_number, kept.system_code)
        except SealBroken:
            return None
