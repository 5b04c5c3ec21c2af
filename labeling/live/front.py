"""The ASGI application that stands before everything: it lends threads to short requests and waits for the others."""

import asyncio
import contextlib
import json
import re
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from wsgiref.types import WSGIApplication

from labeling.live.bell import Bell
from labeling.live.bridge import Bridge, Receive, Reply, Scope, Send
from labeling.live.held import HEADER, Held, parse

BEAT_SECONDS = 15.0  # a comment keeps proxies from closing a silent stream
STREAM_HEADERS = [
    (b"content-type", b"text/event-stream; charset=utf-8"), (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),
]  # fmt: skip
BUSY = {"type": "unavailable", "field": "", "reason": "More requests are under way than can be taken. Try again."}
RETRY_AFTER = b"2"  # seconds


@dataclass
class Lane:
    """Threads for the requests whose path matches, and how many more may stand in line for them."""

    path: re.Pattern[str]
    threads: int
    line: int
    taken: int = 0
    pool: ThreadPoolExecutor = field(init=False)

    def __post_init__(self) -> None:
        self.pool = ThreadPoolExecutor(self.threads, thread_name_prefix="lane")


class Front:
    """Each request goes through its lane; an answer that says so in its header is held or turned into a stream."""

    def __init__(self, application: WSGIApplication, bell: Bell, lanes: Sequence[Lane]) -> None:
        self.bridge, self.bell, self.lanes = Bridge(application, bell.name), bell, lanes
        self.closing = asyncio.Event()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        elif scope["type"] == "http":
            await self._answer(scope, receive, send)

    async def _live(self, receive: Receive, send: Send) -> None:
        await receive()
        listening = asyncio.create_task(self.bell.listen())
        await send({"type": "lifespan.startup.complete"})
        await receive()
        self.closing.set()
        listening.cancel()
        await send({"type": "lifespan.shutdown.complete"})

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        lane = self._lane(scope["path"])
        since = time.monotonic()
        if lane.taken >= lane.threads + lane.line:
            await _send(send, _busy())
            return
        reply = await self._through(lane, scope, receive, send)
        if reply is None:
            return
        header = reply.header(HEADER)
        reply.headers = [pair for pair in reply.headers if pair[0] != HEADER.lower().encode()]
        if not header:
            await _send(send, reply)
        elif (held := parse(header)).stream:
            await self._stream(held, scope, receive, send, since)
        else:
            await self._hold(held, reply, scope, receive, send, since)

    def _lane(self, path: str) -> Lane:
        return next(lane for lane in self.lanes if lane.path.match(path))

    async def _through(self, lane: Lane, scope: Scope, receive: Receive, send: Send) -> Reply | None:
        lane.taken += 1
        try:
            return await self.bridge.run(scope, receive, send, lane.pool)
        finally:
            lane.taken -= 1

    async def _hold(
        self, held: Held, reply: Reply, scope: Scope, receive: Receive, send: Send, since: float
    ) -> None:
        """Keep the caller until the topic rings, then ask for the answer; what the view said holds if it does not."""
        gone = asyncio.create_task(_left(receive))
        async with self.bell.waiting(held.topic, since) as rung:
            await self._first(held.seconds, rung, gone)
            left, over = gone.done(), rung.is_set()
        gone.cancel()
        if left:
            await self._tell(held.gone, scope)
        elif over:
            await _send(send, await self._ask(held.then, "GET", scope) or reply)
        else:
            await _send(send, reply)

    async def _stream(
        self, held: Held, scope: Scope, receive: Receive, send: Send, since: float
    ) -> None:
        gone = asyncio.create_task(_left(receive))
        await send({"type": "http.response.start", "status": 200, "headers": STREAM_HEADERS})
        with contextlib.suppress(OSError, RuntimeError):  # the other end may close at any moment
            async with self.bell.waiting(held.topic, since) as rung:
                rung.set()  # whoever comes looks once for what was there before
                while not gone.done() and not self.closing.is_set():
                    words = b"event: ring\ndata: \n\n" if rung.is_set() else b": still here\n\n"
                    rung.clear()
                    await send({"type": "http.response.body", "body": words, "more_body": True})
                    await self._first(BEAT_SECONDS, rung, gone)
            await send({"type": "http.response.body", "body": b""})
        gone.cancel()
        if not self.closing.is_set():
            await self._tell(held.gone, scope)

    async def _first(self, seconds: float, rung: asyncio.Event, gone: "asyncio.Task[None]") -> None:
        """Return when the topic rings, the caller leaves, the server ends, or time is up."""
        waits = [asyncio.create_task(rung.wait()), asyncio.create_task(self.closing.wait())]
        await asyncio.wait([*waits, gone], timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        for task in waits:
            task.cancel()

    async def _tell(self, path: str, scope: Scope) -> None:
        if path:
            await self._ask(path, "POST", scope)

    async def _ask(self, path: str, method: str, scope: Scope) -> Reply | None:
        """A request of the front's own, with the caller's headers."""
        bare, _, query = path.partition("?")
        headers = [pair for pair in scope["headers"] if pair[0] not in (b"content-length", b"content-type")]
        inner = {
            **scope, "method": method, "path": bare, "raw_path": bare.encode(), "query_string": query.encode(),
            "headers": headers,
        }  # fmt: skip
        reply = await self._through(self._lane(bare), inner, _nothing, _unsent)
        if reply is not None:
            reply.headers = [pair for pair in reply.headers if pair[0] != HEADER.lower().encode()]
        return reply


async def _left(receive: Receive) -> None:
    """Return when the caller is gone."""
    while (await receive())["type"] != "http.disconnect":
        pass


async def _nothing() -> dict[str, object]:
    return {"type": "http.request", "body": b"", "more_body": False}


async def _unsent(message: dict[str, object]) -> None:
    """Views that are asked by the front answer whole; a stream's pieces go nowhere."""


async def _send(send: Send, reply: Reply) -> None:
    await send({"type": "http.response.start", "status": reply.status, "headers": reply.headers})
    await send({"type": "http.response.body", "body": reply.body})


def _busy() -> Reply:
    headers = [(b"content-type", b"application/json"), (b"retry-after", RETRY_AFTER)]
    return Reply(503, headers, json.dumps(BUSY).encode())
