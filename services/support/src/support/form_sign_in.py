"""Signs a person in to an older system that knows only a name and a password, as a browser would, from our server.

It speaks to the address the administrator set and to no other: no redirect is followed, no proxy of the environment used.
"""

import asyncio
import ipaddress
import socket
import ssl
from dataclasses import dataclass
from functools import cache
from http.cookies import CookieError, SimpleCookie
from urllib.parse import urljoin, urlsplit

import httpx
import structlog

from chassis.telemetry import span
from support.domain.external_system import ExternalSystem, Outcome, never_ours, origin_of
from support.login_form import LoginForm, login_form
from support.sealing import Credential

log = structlog.get_logger()
_TIMEOUT = httpx.Timeout(6.0, connect=2.0)
_PAGE_LIMIT = 1024 * 1024
_COOKIES_AT_MOST, _COOKIE_LENGTH = 20, 4096
_HEADERS = {
    "user-agent": "Mozilla/5.0 (compatible; crm-portal)",
    "accept": "text/html,application/xhtml+xml",
    "accept-encoding": "identity",
}


@dataclass(frozen=True, slots=True)
class SignedIn:
    """How it went; the cookies are the other system's session, as `Set-Cookie` values."""

    outcome: Outcome
    set_cookies: tuple[str, ...] = ()
    cause: str = ""


@dataclass(frozen=True, slots=True)
class _Answer:
    address: str
    status: int
    location: str
    page: str


class _Odd(Exception):
    """The other side is not what the administrator described; the text is a word of ours, never of theirs."""


async def sign_in(system: ExternalSystem, credential: Credential, within: float = 12.0) -> SignedIn:
    """Fetch the sign-in page, post the form with its hidden fields, decide whether the person is in.

    It takes `within` seconds at most.
    """
    with span("sign in to an older system"):
        try:
            async with asyncio.timeout(within):
                return await _sign_in(system, credential)
        except (httpx.HTTPError, httpx.InvalidURL, TimeoutError, OSError) as error:
            cause = "TIMEOUT" if isinstance(error, TimeoutError | httpx.TimeoutException) else "NO_CONNECTION"
        except _Odd as error:
            cause = str(error)
    # Neither address nor page: both may carry what the person entered.
    log.warning("older system unreachable", system=system.code, cause=cause)
    return SignedIn(Outcome.SYSTEM_UNREACHABLE, cause=cause)


async def _sign_in(system: ExternalSystem, credential: Credential) -> SignedIn:
    await _refuse_forbidden_address(system.login_url)
    async with httpx.AsyncClient(
        timeout=_TIMEOUT, follow_redirects=False, trust_env=False, headers=_HEADERS, verify=_trust()
    ) as client:
        visit = _Visit(client, system)
        form = await visit.form()
        entered = {system.user_field: credential.user, system.password_field: credential.password}
        answer = await visit.send("POST", system.login_url, form.filled(entered))
        if _server_fault(answer):
            raise _Odd("SERVER_FAULT")
        if _back_on_form(system, answer) or not visit.cookies:
            return SignedIn(Outcome.CREDENTIAL_REFUSED)
        if answer.status >= 400:
            raise _Odd("FORM_NOT_TAKEN")
        if not await visit.is_in():
            return SignedIn(Outcome.CREDENTIAL_REFUSED)
        return SignedIn(Outcome.OPENED, tuple(_as_header(morsel, system) for morsel in visit.cookies.values()))


class _Visit:
    """One visit to one system: its pages, and the cookies it has given so far."""

    def __init__(self, client: httpx.AsyncClient, system: ExternalSystem) -> None:
        self._client = client
        self._system = system
        self.cookies: dict[str, SimpleCookie] = {}

    async def form(self) -> LoginForm:
        """Answer the form of the sign-in page: at the address of its action, else where the browser would start."""
        system = self._system
        addresses = [system.login_url]
        if origin_of(system.start_url) == origin_of(system.login_url) and system.start_url != system.login_url:
            addresses.append(system.start_url)
        fault = False
        for address in addresses:
            answer = await self.send("GET", address)
            fault = fault or _server_fault(answer)
            form = login_form(answer.page, system.user_field, system.password_field)
            if form is not None and self._leads_here(address, form):
                return form
        raise _Odd("SERVER_FAULT" if fault else "FORM_NOT_FOUND")

    def _leads_here(self, address: str, form: LoginForm) -> bool:
        return origin_of(urljoin(address, form.action or address)) == origin_of(self._system.login_url)

    async def is_in(self) -> bool:
        """Look at the first page as the browser will, where it is on the same host; a page that asks again says no."""
        system = self._system
        if origin_of(system.start_url) != origin_of(system.login_url):
            return True
        answer = await self.send("GET", system.start_url)
        return not _back_on_form(system, answer)

    async def send(self, method: str, address: str, form: dict[str, str] | None = None) -> _Answer:
        """Send one request with the cookies so far; redirects are read, not followed."""
        headers = {"referer": self._system.login_url, "origin": _origin_text(self._system.login_url)} if form else {}
        if self.cookies:
            pairs = (f"{name}={morsel[name].coded_value}" for name, morsel in self.cookies.items())
            headers["cookie"] = "; ".join(pairs)
        self._client.cookies.clear()  # ours alone are sent: the client's own jar forgets attributes
        async with self._client.stream(method, address, data=form, headers=headers) as reply:
            for line in reply.headers.get_list("set-cookie"):
                self._take(line)
            return _Answer(address, reply.status_code, reply.headers.get("location", ""), await _page(reply))

    def _take(self, line: str) -> None:
        cookie = SimpleCookie()
        try:
            cookie.load(line)
        except CookieError:
            return
        for name, morsel in cookie.items():
            gone = morsel["max-age"] == "0" or morsel["expires"].endswith("1970 00:00:00 GMT") or not morsel.value
            if gone:
                self.cookies.pop(name, None)
            elif len(line) <= _COOKIE_LENGTH and (name in self.cookies or len(self.cookies) < _COOKIES_AT_MOST):
                self.cookies[name] = cookie


async def _page(reply: httpx.Response) -> str:
    """The page as text; of a very long one the beginning, in which its sign-in form would stand."""
    parts: list[bytes] = []
    size = 0
    async for part in reply.aiter_bytes():
        parts.append(part)
        size += len(part)
        if size > _PAGE_LIMIT:
            break
    return b"".join(parts).decode(reply.charset_encoding or "utf-8", "replace")


def _server_fault(answer: _Answer) -> bool:
    return answer.status >= 500 or answer.status == 429


def _back_on_form(system: ExternalSystem, answer: _Answer) -> bool:
    if answer.status in (401, 403):
        return True
    if 300 <= answer.status < 400:
        return _leads_back(system, urljoin(answer.address, answer.location))
    return login_form(answer.page, system.user_field, system.password_field) is not None


def _leads_back(system: ExternalSystem, target: str) -> bool:
    """Tell whether a redirect leads to the form. Many forms come back with a query of their own (`?error=1`).

    Where one program serves both the form and the first page, the query tells them apart; where nothing does, the page itself will.
    """
    to, form, start = (urlsplit(address) for address in (target, system.login_url, system.start_url))
    if to.path != form.path:
        return False
    return start.path != form.path or (to.query == form.query != start.query)


def _as_header(cookie: SimpleCookie, system: ExternalSystem) -> str:
    """The cookie as the browser gets it: whose it is is decided by the administrator, everything else by its system."""
    (morsel,) = cookie.values()
    morsel["domain"] = system.cookie_domain
    return morsel.OutputString()


def _origin_text(address: str) -> str:
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}"


@cache
def _trust() -> ssl.SSLContext:
    """Certificates are checked against the machine's own store: a branch puts its inner authority there."""
    return ssl.create_default_context()


async def _refuse_forbidden_address(address: str) -> None:
    """A name may lead to an address that no older system has; the metadata service of a cloud is one."""
    _, host, port = origin_of(address)
    if _is_number(host):
        found = [host]
    else:
        loop = asyncio.get_running_loop()
        found = [str(entry[4][0]) for entry in await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
    if any(never_ours(one) for one in found):
        raise _Odd("ADDRESS_FORBIDDEN")


def _is_number(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
