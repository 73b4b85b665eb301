"""The raw limits beside our figures: a bare ASGI handler doing the same SQL, a bare gRPC echo, a bare INSERT.

`python -m tests.bench.raw asgi|echo PORT …` runs one of them as a process of its own.
"""

import asyncio
import sys
import time
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import asyncpg
import grpc
import orjson
import uvicorn
import uvloop
from grpc import aio

# What dispatch asks for m001's home page: fifty open tasks and the counts.
LIST = """
SELECT id::text, version, kind, title, source, external_id, customer_id::text, customer_name, bureau_id::text,
       community_id::text, owner_number, priority, extract(epoch FROM due_at)::bigint, state, write_back, occasion_on,
       placement, place, result_code, extract(epoch FROM created_at)::bigint, extract(epoch FROM ended_at)::bigint, seat_number
FROM tasks
WHERE (owner_number = $1 OR seat_number = $1) AND ended_at IS NULL
ORDER BY due_at, id LIMIT 51
"""
COUNTS = """
SELECT coalesce(sum(CASE WHEN due_at < $2 THEN 1 ELSE 0 END), 0),
       coalesce(sum(CASE WHEN due_at >= $2 AND due_at < $3 THEN 1 ELSE 0 END), 0),
       coalesce(sum(CASE WHEN due_at >= $3 THEN 1 ELSE 0 END), 0),
       coalesce(sum(CASE WHEN owner_number IS NULL THEN 1 ELSE 0 END), 0),
       (SELECT count(*) FROM tasks WHERE write_back = 'pending' AND (owner_number = $1 OR seat_number = $1)),
       (SELECT count(*) FROM tasks WHERE write_back = 'failed' AND (owner_number = $1 OR seat_number = $1))
FROM tasks WHERE (owner_number = $1 OR seat_number = $1) AND ended_at IS NULL
"""


class Handler:
    """Bare ASGI: two queries, one JSON answer, nothing else."""

    def __init__(self, dsn: str) -> None:
        self._dsn = dsn
        self._pool: Any = None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answers any request with m001's home page."""
        if scope["type"] != "http":
            return
        while (await receive()).get("more_body"):
            pass
        if self._pool is None:
            self._pool = await asyncpg.create_pool(self._dsn, min_size=8, max_size=8)
        now = await self._now()
        async with self._pool.acquire() as connection:
            rows = await connection.fetch(LIST, "m001")
            counts = await connection.fetchrow(COUNTS, "m001", *now)
        body = orjson.dumps({"tasks": [tuple(row) for row in rows], "counts": tuple(counts)}, default=str)
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"application/json")]})
        await send({"type": "http.response.body", "body": body})

    async def _now(self) -> tuple[Any, Any]:
        now = datetime.now(UTC)
        return now, now + timedelta(hours=8)


async def echo(port: int) -> None:
    """Serves a gRPC method that answers its request's bytes."""

    async def same(request: bytes, _: Any) -> bytes:
        return request

    server = aio.server()
    handler = grpc.method_handlers_generic_handler("bench.Echo", {"Echo": grpc.unary_unary_rpc_method_handler(same)})  # type: ignore[arg-type]  # an aio behaviour
    server.add_generic_rpc_handlers((handler,))
    server.add_insecure_port(f"127.0.0.1:{port}")
    await server.start()
    await server.wait_for_termination()


async def call_echo(port: int, size: int, callers: int, seconds: float = 5) -> tuple[float, float, float]:
    """Calls the echo from `callers` at once; answers calls a second and p50, p99 in milliseconds."""
    taken: list[float] = []
    async with aio.insecure_channel(f"127.0.0.1:{port}") as channel:
        call = cast("Any", channel).unary_unary("/bench.Echo/Echo")
        payload, end = b"x" * size, time.perf_counter() + seconds

        async def one() -> None:
            while (began := time.perf_counter()) < end:
                await call(payload)
                taken.append(time.perf_counter() - began)

        await call(payload)
        await asyncio.gather(*(one() for _ in range(callers)))
    taken.sort()
    return len(taken) / seconds, taken[len(taken) // 2] * 1000, taken[int(len(taken) * 0.99)] * 1000


if __name__ == "__main__":
    if sys.argv[1] == "asgi":
        uvicorn.run(
            Handler(sys.argv[3]),
            host="127.0.0.1",
            port=int(sys.argv[2]),
            log_level="error",
            lifespan="off",
            access_log=False,
        )
    else:
        uvloop.run(echo(int(sys.argv[2])))
