"""An older system on the network: its client credentials, and the calls it may make of the gateway."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final

import httpx

_EARLY_SECONDS: Final = 30.0
_TRIES: Final = 60
# What a gateway or identity provider says while it is still coming up or has just been restarted.
_COMING_UP: Final = frozenset({429, 502, 503, 504})
_TOKEN_OLD: Final = 401
# Right after a first start the access rules are on their way to the services; a refusal is believed after so many tries.
_DENIED: Final = 403
_DENIED_TRIES: Final = 20


class CallRefusedError(Exception):
    """The other side said no, and would say no again."""


@dataclass
class Machine:
    """Speaks to the gateway as one client; a token is fetched when needed and kept until it is nearly old."""

    base_url: str
    token_url: str
    client: str
    secret: str
    http: httpx.Client = field(default_factory=lambda: httpx.Client(timeout=httpx.Timeout(60.0, connect=5.0)))
    pause: float = 1.0
    _token: str = ""
    _token_until: float = 0.0

    def call(self, method: str, request: dict[str, Any]) -> dict[str, Any]:
        """Make a call such as `crm.support.v1.SupportService/ListUnits` and answer its JSON."""
        return self._send(
            lambda headers: self.http.post(f"{self.base_url}/rpc/{method}", json=request, headers=headers)
        ).json()

    def upload(self, form: str, name: str, request_id: str, pieces: Callable[[], Iterator[bytes]]) -> dict[str, Any]:
        """Hand a file in for import and answer the import that was started."""
        answer = self._send(
            lambda headers: self.http.post(
                f"{self.base_url}/files/imports",
                params={"form": form, "name": name},
                headers=headers | {"x-request-id": request_id, "content-type": "application/octet-stream"},
                content=pieces(),
            )
        ).json()
        return answer.get("job", answer)

    def errors(self, import_id: str) -> str:
        """Answer the first lines of an import's error file."""
        answer = self._send(
            lambda headers: self.http.get(f"{self.base_url}/files/imports/{import_id}/errors", headers=headers)
        )
        return " | ".join(answer.text.splitlines()[:3])

    def _send(self, ask: Callable[[dict[str, str]], httpx.Response]) -> httpx.Response:
        """Ask until there is an answer: everything we send may be sent again."""
        last = ""
        for tries in range(_TRIES):
            try:
                answer = ask({"authorization": f"Bearer {self.token()}"})
            except httpx.TransportError as error:
                last = f"{type(error).__name__}: {error}"
            else:
                if answer.is_success:
                    return answer
                last = f"HTTP {answer.status_code} {answer.text[:300]}"
                if answer.status_code == _TOKEN_OLD and self._token:
                    self._token = ""
                elif answer.status_code not in _COMING_UP and not (
                    answer.status_code == _DENIED and tries < _DENIED_TRIES
                ):
                    raise CallRefusedError(f"{answer.request.method} {answer.request.url.path}: {last}")
            time.sleep(self.pause)
        raise CallRefusedError(f"no answer after {_TRIES} tries: {last}")

    def token(self) -> str:
        """Answer an access token that is good for half a minute at least."""
        if self._token and time.monotonic() < self._token_until:
            return self._token
        answer = self.http.post(
            self.token_url,
            data={"grant_type": "client_credentials", "client_id": self.client, "client_secret": self.secret},
        )
        if answer.status_code in _COMING_UP:
            raise httpx.TransportError(f"identity provider answers {answer.status_code}")
        if not answer.is_success:
            raise CallRefusedError(f"no token for {self.client}: HTTP {answer.status_code} {answer.text[:300]}")
        body = answer.json()
        self._token = str(body["access_token"])
        self._token_until = time.monotonic() + max(float(body.get("expires_in", 60)) - _EARLY_SECONDS, 5.0)
        return self._token
