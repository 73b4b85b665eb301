"""A person at the portal, without a browser: signs in through the real login page and calls what the portal calls."""

import html
import re
from types import TracebackType
from typing import Any, TypeVar

import httpx
from google.protobuf.message import Message

M = TypeVar("M", bound=Message)
_FORM = re.compile(r'<form[^>]*\baction="([^"]+)"')


class SignInRefused(Exception):
    """The login page did not let the person in; the text is what it said."""


class CallRefused(Exception):
    """A call was answered with an error: `code` and `reason` as the portal reads them."""

    def __init__(self, status: int, body: dict[str, Any]) -> None:
        self.status = status
        self.code = str(body.get("code", ""))
        details: list[dict[str, Any]] = body.get("details") or [{}]
        info: dict[str, Any] = details[0].get("debug") or {}
        self.reason = str(info.get("reason", ""))
        self.data: dict[str, str] = info.get("metadata") or {}
        super().__init__(f"{status} {self.code} {self.reason}")


class Person:
    """One signed-in person. Use as a context manager."""

    def __init__(self, base_url: str, number: str, password: str, **options: Any) -> None:
        self.base_url = base_url
        self.number = number
        self._password = password
        hooks = {"response": [self._keep_secure_cookies]}
        self.http = httpx.Client(base_url=base_url, timeout=30, event_hooks=hooks, **options)
        self.csrf = ""

    def __enter__(self) -> "Person":
        try:
            self.sign_in()
        except BaseException:
            self.http.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.http.close()

    def _keep_secure_cookies(self, _: httpx.Response) -> None:
        # Browsers send `Secure` cookies back to http://localhost; httpx does not, and loses a jar's own policy.
        for cookie in self.http.cookies.jar:
            cookie.secure = False

    def send_form(self) -> httpx.Response:
        """Fills in the identity provider's form; answers the redirect that carries the code, or the form again."""
        page = self.http.get("/login", follow_redirects=True)
        found = _FORM.search(page.text)
        if found is None:
            raise SignInRefused(f"no login form at {page.url}: {page.status_code}")
        form = {"username": self.number, "password": self._password, "credentialId": ""}
        return self.http.post(html.unescape(found.group(1)), data=form)

    def sign_in(self) -> None:
        """Goes from /login over the identity provider's form back to the portal."""
        answer = self.send_form()
        if "location" in answer.headers:
            answer = self.http.get(answer.headers["location"], follow_redirects=True)
        session = self.http.get("/session")
        if session.status_code != 200:
            raise SignInRefused(f"{answer.status_code} at {answer.url.path}")
        self.csrf = session.json()["csrf"]

    @property
    def headers(self) -> dict[str, str]:
        """What the portal sends with every changing call."""
        return {"x-csrf-token": self.csrf, "origin": self.base_url, "connect-protocol-version": "1"}

    def call(self, method: str, request: Message, response: type[M]) -> M:
        """Calls `crm.service.v1.Service/Method` in the Connect protocol and answers the response."""
        answer = self.http.post(
            f"/rpc/{method}",
            content=request.SerializeToString(),
            headers={**self.headers, "content-type": "application/proto"},
        )
        if answer.status_code != 200:
            raise CallRefused(answer.status_code, _json(answer))
        return response.FromString(answer.content)


def _json(answer: httpx.Response) -> dict[str, Any]:
    try:
        return answer.json()
    except ValueError:
        return {"code": answer.text[:200]}


def machine_token(token_url: str, client: str, secret: str) -> str:
    """Answers an access token of an external system."""
    answer = httpx.post(token_url, data={"grant_type": "client_credentials"}, auth=(client, secret), timeout=10)
    answer.raise_for_status()
    return str(answer.json()["access_token"])
