"""A way to the database that can be made slow: bytes pass through, answers as late as asked for."""

import asyncio
import contextlib
import threading
from dataclasses import dataclass, field

_PART = 64 * 1024


@dataclass
class Proxy:
    """Passes every connection on to `upstream`; each answer comes `delay` seconds late."""

    port: int
    upstream: int
    delay: float = 0.0
    _loop: asyncio.AbstractEventLoop = field(default_factory=asyncio.new_event_loop)
    _thread: threading.Thread | None = None
    _open: set["asyncio.Task[None]"] = field(default_factory=set["asyncio.Task[None]"])

    def start(self) -> None:
        """Listens on a thread of its own."""
        listening = threading.Event()
        self._thread = threading.Thread(target=self._run, args=(listening,), daemon=True)
        self._thread.start()
        listening.wait(10)

    def stop(self) -> None:
        """Hangs up everywhere."""
        self._loop.call_soon_threadsafe(self._loop.stop)
        if self._thread is not None:
            self._thread.join(10)

    def _run(self, listening: threading.Event) -> None:
        asyncio.set_event_loop(self._loop)
        server = self._loop.run_until_complete(asyncio.start_server(self._taken, "127.0.0.1", self.port))
        listening.set()
        self._loop.run_forever()
        server.close()
        for task in self._open:
            task.cancel()
        self._loop.run_until_complete(asyncio.gather(*self._open, return_exceptions=True))
        self._loop.close()

    async def _taken(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is not None:
            self._open.add(task)
            task.add_done_callback(self._open.discard)
        with contextlib.suppress(OSError):
            behind, before = await asyncio.open_connection("127.0.0.1", self.upstream)
            ways = [
                asyncio.ensure_future(self._pass_on(reader, before, late=False)),
                asyncio.ensure_future(self._pass_on(behind, writer, late=True)),
            ]
            try:
                # Whichever side hangs up, the other one is told.
                await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for way in ways:
                    way.cancel()
                before.close()
        writer.close()

    async def _pass_on(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter, *, late: bool) -> None:
        with contextlib.suppress(OSError):
            while part := await source.read(_PART):
                if late and self.delay:
                    await asyncio.sleep(self.delay)
                sink.write(part)
                await sink.drain()
