"""The way into older systems: a tile leads here, and from here the browser goes on, already signed in.

`GET /systems/{code}/open` is a GET because it is a navigation; so it must come from one of our own pages or the address bar,
as a page of its own. It hands the browser the other system's cookies and never one of ours.
"""

import ipaddress
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http.cookies import CookieError, SimpleCookie
from urllib.parse import quote, urlencode, urlsplit

import grpc
from crm.support.v1 import systems_pb2 as pb
from fastapi import APIRouter, Request, Response
from starlette.responses import RedirectResponse

from gateway.admission import Admission
from gateway.edge import Headers, client_ip, headers_of, text_of
from gateway.forward import passport, unary
from gateway.problems import Problem, problem_of, refused
from gateway.settings import GatewaySettings
from gateway.upstreams import Route

OPEN = "/crm.support.v1.SystemService/OpenSystem"
# Called by the gateway alone: its answer carries sessions of other systems, which no page and no machine may read.
INNER = frozenset({OPEN})

_SECONDS = 20.0
_CODE = re.compile(r"[A-Za-z0-9-]{1,40}")
_COOKIES_AT_MOST, _COOKIE_LENGTH = 20, 4096
# Ours and the identity provider's: an older system on the same host must not set them, whatever it answers.
_OURS = ("__host-", "keycloak", "kc_", "auth_session_id")
_HEADERS = {"cache-control": "no-store", "referrer-policy": "no-referrer"}


def public(routes: Mapping[str, Route]) -> dict[str, Route]:
    """Answer the routes that may be called from outside."""
    return {path: route for path, route in routes.items() if path not in INNER}


@dataclass(frozen=True)
class Systems:
    """The door to older systems."""

    settings: GatewaySettings
    routes: Mapping[str, Route]
    admission: Admission

    def router(self) -> APIRouter:
        """The path."""
        router = APIRouter()
        router.add_api_route("/systems/{code}/open", self.open, methods=["GET"])
        return router

    async def open(self, request: Request, code: str) -> Response:
        """Sends the browser on to an older system; what goes wrong is told by a page of the portal."""
        headers = headers_of(request.scope)
        if not _CODE.fullmatch(code):
            raise refused(grpc.StatusCode.NOT_FOUND, "ROUTE_NOT_FOUND", "there is nothing here")
        refuse_foreign(headers)
        try:
            kept = await self.admission.person(headers, active=True)
        except Problem as problem:
            if problem.code is not grpc.StatusCode.UNAUTHENTICATED:
                return _told(code, problem)
            return _go(f"/login?{urlencode({'return_to': f'/systems/{code}/open'})}")
        try:
            return await self._on(request, headers, kept.authorization, code)
        except Exception as error:  # a person who follows a link wants a page, whatever happened
            return _told(code, problem_of(error))

    async def _on(self, request: Request, headers: Headers, authorization: str, code: str) -> Response:
        ip = client_ip(request.scope, headers, self.settings.trusted_proxies)
        route = self.routes.get(OPEN)
        if route is None:
            raise refused(grpc.StatusCode.UNIMPLEMENTED, "ROUTE_NOT_FOUND", "no older systems here")
        along = passport(headers, authorization, ip, _SECONDS)
        raw = await unary(route, pb.OpenSystemRequest(code=code).SerializeToString(), along)
        opened = pb.OpenSystemResponse.FromString(raw)
        answer = _go(_outside(opened.location))
        for cookie in handed_over(opened.set_cookies, urlsplit(self.settings.origin).hostname or ""):
            answer.headers.append("set-cookie", cookie)
        return answer


def refuse_foreign(headers: Headers) -> None:
    """Refuses what did not come from our own pages or the address bar, or is not a page of its own (an image, a frame)."""
    site, target = text_of(headers, b"sec-fetch-site"), text_of(headers, b"sec-fetch-dest")
    if site not in ("same-origin", "none") or target not in ("", "document"):
        raise refused(grpc.StatusCode.PERMISSION_DENIED, "ORIGIN_INVALID", "the request is not from our own pages")


def handed_over(set_cookies: Sequence[str], host: str) -> list[str]:
    """Answers the other system's cookies as the browser may get them from us, on our host."""
    return [found for line in set_cookies[:_COOKIES_AT_MOST] if (found := _cookie(line, host))]


def _cookie(line: str, host: str) -> str:
    """One cookie without what would reach beyond the two systems; empty for one that is not handed over."""
    jar = SimpleCookie()
    try:
        jar.load(line)
    except CookieError:
        return ""
    if len(jar) != 1 or len(line) > _COOKIE_LENGTH:
        return ""
    ((name, morsel),) = jar.items()
    if name.lower().startswith(_OURS):
        return ""
    if not _is_parent(str(morsel["domain"]).lstrip(".").lower(), host):
        morsel["domain"] = ""
    return morsel.OutputString()


def _is_parent(domain: str, host: str) -> bool:
    """True for a domain above the host; a single word (`com`) or a number is none. Browsers refuse public suffixes themselves."""
    if "." not in domain or _is_number(domain):
        return False
    return host == domain or host.endswith(f".{domain}")


def _is_number(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _outside(location: str) -> str:
    parts = urlsplit(location)
    if parts.scheme not in ("http", "https") or not parts.hostname or any(ord(letter) < 0x21 for letter in location):
        raise refused(grpc.StatusCode.FAILED_PRECONDITION, "SYSTEM_ADDRESS_INVALID", "the system's address is wrong")
    return location


def _told(code: str, problem: Problem) -> Response:
    """Leads to the portal's page about this system, with the reason."""
    query = {"reason": problem.reason} | ({"cause": cause} if (cause := problem.data.get("cause")) else {})
    return _go(f"/systems/{quote(code)}/credential?{urlencode(query)}")


def _go(where: str) -> Response:
    return RedirectResponse(where, status_code=303, headers=_HEADERS)
