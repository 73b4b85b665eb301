"""The far side of the loader: answers its few calls over real HTTP and remembers what came."""

import json
import threading
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit


@dataclass
class Gateway:
    """What the loader met, and how it is to be treated."""

    url: str = ""
    imports: dict[str, dict[str, Any]] = field(default_factory=dict[str, dict[str, Any]])
    uploads: list[tuple[str, int]] = field(default_factory=list[tuple[str, int]])
    calls: list[tuple[str, dict[str, Any]]] = field(default_factory=list[tuple[str, dict[str, Any]]])
    begun: int = 0
    denied_first: int = 0
    unavailable_first: int = 0
    fail_rows_of_first: int = 0
    generated: dict[str, int] = field(default_factory=dict[str, int])
    quiet_rounds: int = 0

    def upload(self, form: str, request_id: str, size: int) -> dict[str, Any]:
        self.uploads.append((form, size))
        if request_id not in self.imports:
            failed = self.fail_rows_of_first if len(self.imports) == 0 else 0
            self.imports[request_id] = {"id": request_id, "state": "STATE_DONE", "created": "5", "failed": str(failed)}
            return {"id": request_id, "state": "STATE_WAITING"}
        return self.imports[request_id]

    def call(self, method: str, request: dict[str, Any]) -> dict[str, Any]:
        self.calls.append((method, request))
        if method == "GetImport":
            return {"job": self.imports[request["id"]]}
        if method == "GenerateTasks":
            if self.quiet_rounds > 0:
                self.quiet_rounds -= 1
                return {}
            new = 0 if request["date"] in self.generated else 3
            self.generated[request["date"]] = new
            return {"created": {"birthday": new}}
        again = any(name == method for name, _ in self.calls[:-1])
        rows = len(request["units"]) + len(request["staff"])
        return {"read": rows, "skipped" if again else "created": rows}


@contextmanager
def serving() -> Generator[Gateway]:
    gateway = Gateway()

    class Answer(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            asked = urlsplit(self.path)
            body = self._body()
            if asked.path == "/token":
                return self._say(200, {"access_token": "t", "expires_in": 300})
            if asked.path == "/begin":
                gateway.begun += 1
                return self._say(200, {"added": 60})
            assert self.headers["authorization"] == "Bearer t"
            if gateway.unavailable_first > 0:
                gateway.unavailable_first -= 1
                return self._say(503, {})
            if gateway.denied_first > 0:
                gateway.denied_first -= 1
                return self._say(403, {"code": "permission_denied"})
            if asked.path == "/files/imports":
                form = parse_qs(asked.query)["form"][0]
                return self._say(200, gateway.upload(form, str(self.headers["x-request-id"]), len(body)))
            return self._say(200, gateway.call(asked.path.rsplit("/", 1)[1], json.loads(body)))

        def do_GET(self) -> None:
            self._say(200, {"line": "reason"})

        def _body(self) -> bytes:
            if self.headers.get("transfer-encoding", "") != "chunked":
                return self.rfile.read(int(self.headers.get("content-length", 0)))
            body = b""
            while size := int(self.rfile.readline(), 16):
                body += self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()
            return body

        def _say(self, status: int, document: dict[str, Any]) -> None:
            data = json.dumps(document).encode()
            self.send_response(status)
            self.send_header("content-length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    gateway.url = f"http://127.0.0.1:{server.server_port}"
    yield gateway
    server.shutdown()
    server.server_close()
    thread.join()
