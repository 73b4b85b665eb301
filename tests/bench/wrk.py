"""Load by wrk: a fixed number of connections, each with one request under way."""

import json
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

_SCRIPT = """
local body = io.open("{body}", "rb"):read("*a")
local count = 0
local thread = 0
function setup(t) t:set("number", thread); thread = thread + 1 end
function request()
  count = count + 1
  return wrk.format("POST", "{path}", {headers}, (body:gsub("@@@", "{run}-" .. number .. "-" .. count)))
end
local bad = 0
function response(status) if status >= 300 then bad = bad + 1; print("status " .. status) end end
function done(summary, latency)
  local errors = summary.errors
  io.write(string.format('RESULT {{"rate": %.1f, "p50": %.2f, "p99": %.2f, "errors": %d}}\\n',
    summary.requests / (summary.duration / 1e6), latency:percentile(50) / 1000, latency:percentile(99) / 1000,
    errors.connect + errors.read + errors.write + errors.status + errors.timeout))
end
"""


@dataclass(frozen=True)
class Load:
    """Requests a second, and milliseconds that half and 99 of 100 requests stayed under."""

    rate: float
    p50: float
    p99: float


def available() -> bool:
    """Tells whether wrk is installed."""
    return shutil.which("wrk") is not None


def post(url: str, path: str, body: bytes, headers: Mapping[str, str], *, connections: int, seconds: int = 6) -> Load:
    """Posts the body again and again; `@@@` in it becomes a number that is never used twice. Any error fails the run."""
    with tempfile.TemporaryDirectory() as folder:
        payload = Path(folder) / "body"
        payload.write_bytes(body)
        table = "{" + ", ".join(f"[{json.dumps(name)}] = {json.dumps(value)}" for name, value in headers.items()) + "}"
        script = Path(folder) / "post.lua"
        run = Path(folder).name[-8:]
        script.write_text(_SCRIPT.format(body=payload, path=path, headers=table, run=run))
        command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "20s", "-s", str(script), url]
        done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=seconds + 60)
    line = next(line for line in done.stdout.splitlines() if line.startswith("RESULT "))
    result = json.loads(line.removeprefix("RESULT "))
    if result["errors"]:
        raise RuntimeError(f"{result['errors']} requests to {path} failed:\n{done.stdout[-500:]}")
    return Load(result["rate"], result["p50"], result["p99"])
