"""The administrator at the portal, without a browser: signs in at the login page and calls what the portal calls."""

import html
import re
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

import httpx

_FORM: Final = re.compile(r'<form[^>]*\baction="([^"]+)"')


class SignInRefusedError(Exception):
    """The portal did not let the administrator in; the message says where it ended."""


@dataclass(frozen=True)
class Administrator:
    """A signed-in administrator."""

    http: httpx.Client
    csrf: str

    def call(self, method: str, request: dict[str, Any]) -> dict[str, Any]:
        """Make a call such as `crm.support.v1.SystemService/ListSystems` and answer its JSON."""
        headers = {"x-csrf-token": self.csrf, "origin": str(self.http.base_url).rstrip("/")}
        answer = self.http.post(f"/rpc/{method}", json=request, headers=headers)
        answer.raise_for_status()
        return answer.json()


@contextmanager
def signed_in(base_url: str, number: str, password: str) -> Generator[Administrator]:
    """Sign in for the block and out behind it."""
    with httpx.Client(base_url=base_url, timeout=30) as http:
        http.event_hooks["response"] = [partial(_send_secure_cookies, http)]
        administrator = Administrator(http, _sign_in(http, number, password))
        try:
            yield administrator
        finally:
            headers = {"x-csrf-token": administrator.csrf, "origin": base_url}
            location = http.post("/logout", headers=headers).json().get("location", "")
            if location:
                http.get(location)


def _sign_in(http: httpx.Client, number: str, password: str) -> str:
    page = http.get("/login", follow_redirects=True)
    form = _FORM.search(page.text)
    if form is None:
        raise SignInRefusedError(f"no login form: HTTP {page.status_code}")
    entered = {"username": number, "password": password, "credentialId": ""}
    answer = http.post(html.unescape(form.group(1)), data=entered, follow_redirects=True)
    session = http.get("/session")
    if session.status_code != 200:
        raise SignInRefusedError(f"{number} is not signed in: HTTP {answer.status_code}")
    return str(session.json()["csrf"])


def _send_secure_cookies(http: httpx.Client, _: httpx.Response) -> None:
    # Browsers send `Secure` cookies to http://localhost; httpx does not.
    for cookie in http.cookies.jar:
        cookie.secure = False
