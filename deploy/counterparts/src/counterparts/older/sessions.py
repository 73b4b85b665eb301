"""Sessions of a small web site: random numbers in a cookie, what they stand for in memory."""

import secrets
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from starlette.requests import Request
from starlette.responses import Response

T = TypeVar("T")
_AT_MOST = 10_000


@dataclass
class Sessions(Generic[T]):
    """What each cookie stands for, until its time is over. Cookies know no ports: each site has a name of its own."""

    cookie: str
    now: Callable[[], float]
    seconds: float = 1800.0
    _kept: OrderedDict[str, tuple[float, T]] = field(default_factory=lambda: OrderedDict[str, tuple[float, T]]())

    def of(self, request: Request) -> T | None:
        """Answer what the request's cookie stands for, or None."""
        kept = self._kept.get(request.cookies.get(self.cookie, ""))
        return kept[1] if kept and kept[0] > self.now() else None

    def begin(self, answer: Response, value: T) -> str:
        """Begin a session with this answer."""
        key = secrets.token_urlsafe(24)
        self._kept[key] = (self.now() + self.seconds, value)
        while len(self._kept) > _AT_MOST:
            self._kept.popitem(last=False)
        # The sign-in comes back from the identity provider by a POST or a redirect, of the same site.
        answer.set_cookie(self.cookie, key, httponly=True, samesite="lax", path="/")
        return key

    def take(self, request: Request) -> T | None:
        """Answer what the request's cookie stands for, once."""
        value = self.of(request)
        self._kept.pop(request.cookies.get(self.cookie, ""), None)
        return value

    def end(self, request: Request, answer: Response) -> None:
        """End the request's session."""
        self._kept.pop(request.cookies.get(self.cookie, ""), None)
        answer.delete_cookie(self.cookie, path="/", httponly=True, samesite="lax")
