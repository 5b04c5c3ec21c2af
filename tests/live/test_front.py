"""Django's side sees ordinary WSGI; large bodies and streams pass in pieces; who must wait holds no thread."""

import asyncio
import json
import re
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import asdict
from typing import Any

from labeling.live.bell import Bell
from labeling.live.front import Front, Lane
from labeling.live.held import HEADER, Held

LARGE = 3 * 2**20


class Pieces:
    """A streamed WSGI answer."""

    streaming = True

    def __init__(self, pieces: list[bytes]) -> None:
        self.pieces, self.closed = pieces, False

    def __iter__(self) -> Iterator[bytes]:
        return iter(self.pieces)

    def close(self) -> None:
        """As Django's responses have it."""
        self.closed = True


class Whole(Pieces):
    streaming = False


def application(request: dict[str, Any], start: Callable[..., object]) -> Pieces:
    """Answers by its path."""
    path = request["PATH_INFO"]
    headers = [("Content-Type", "text/plain")]
    if path == "/held":
        headers.append((HEADER, json.dumps(asdict(Held("topic", seconds=0.3, then="/then", gone="/gone")))))
    start("202 Accepted" if path == "/held" else "200 OK", headers)
    if path == "/stream":
        return Pieces([b"x" * 50_000] * 4)
    if path == "/length":
        return Whole([str(len(request["wsgi.input"].read())).encode()])
    SEEN.append(f"{request['REQUEST_METHOD']} {path}")
    return Whole([request.get("HTTP_COOKIE", path).encode()])


SEEN: list[str] = []


async def ask(
    front: Front, path: str, *, body: list[bytes] | None = None, headers: list[tuple[bytes, bytes]] | None = None,
    leave: asyncio.Event | None = None,
) -> list[dict[str, Any]]:
    """What is sent to somebody who asks, message by message."""
    parts = list(body or [b""])
    size = str(sum(map(len, parts))).encode()
    scope = {
        "type": "http", "method": "POST" if body else "GET", "path": path, "raw_path": path.encode(),
        "query_string": b"", "http_version": "1.1", "scheme": "http", "server": ("localhost", 80),
        "client": ("127.0.0.1", 5), "headers": [(b"content-length", size), *(headers or [])],
    }  # fmt: skip
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        if parts:
            return {"type": "http.request", "body": parts.pop(0), "more_body": bool(parts)}
        await (leave.wait() if leave else asyncio.Event().wait())
        return {"type": "http.disconnect"}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    await front(scope, receive, send)
    return sent


def told(sent: list[dict[str, Any]]) -> tuple[int, bytes]:
    """Status and body."""
    return sent[0]["status"], b"".join(message.get("body", b"") for message in sent[1:])


def played(story: Callable[[Front], Awaitable[Any]], line: int = 10) -> Any:
    """Run a story with a fresh front that nobody rings for."""
    SEEN.clear()

    async def run() -> Any:
        return await story(Front(application, Bell(""), [Lane(re.compile(""), 1, line)]))

    return asyncio.run(run())


def test_bodies_small_and_large_arrive_whole() -> None:
    assert told(played(lambda front: ask(front, "/length", body=[b"abc", b"de"]))) == (200, b"5")
    pieces = [b"z" * 65_536] * (LARGE // 65_536)
    assert told(played(lambda front: ask(front, "/length", body=pieces))) == (200, str(LARGE).encode())


def test_streams_are_sent_in_pieces() -> None:
    sent = played(lambda front: ask(front, "/stream"))
    assert told(sent) == (200, b"x" * 200_000)
    assert len(sent) > 3


def test_cookies_in_several_headers_are_one() -> None:
    headers = [(b"cookie", b"a=1"), (b"cookie", b"b=2")]
    assert told(played(lambda front: ask(front, "/x", headers=headers))) == (200, b"a=1; b=2")


def test_what_is_held_is_asked_for_once_it_rings() -> None:
    async def story(front: Front) -> list[dict[str, Any]]:
        asking = asyncio.create_task(ask(front, "/held"))
        while "topic" not in front.bell._waiting:
            await asyncio.sleep(0.001)
        front.bell.ring("topic")
        return await asking

    sent = played(story)
    assert told(sent) == (200, b"/then")
    assert SEEN == ["GET /held", "GET /then"]


def test_a_ring_between_the_view_and_the_waiting_is_not_missed() -> None:
    async def story(front: Front) -> list[dict[str, Any]]:
        asking = asyncio.create_task(ask(front, "/held"))
        await asyncio.sleep(0)
        front.bell.ring("topic")
        return await asking

    assert told(played(story)) == (200, b"/then")


def test_patience_ends_with_what_the_view_said() -> None:
    sent = played(lambda front: ask(front, "/held"))
    assert told(sent) == (202, b"/held")
    assert HEADER.lower().encode() not in dict(sent[0]["headers"])


def test_who_leaves_is_told_of() -> None:
    async def story(front: Front) -> list[dict[str, Any]]:
        leave = asyncio.Event()
        leave.set()
        return await ask(front, "/held", leave=leave)

    assert played(story) == []
    assert SEEN == ["GET /held", "POST /gone"]


def test_a_line_that_is_full_is_said_at_once() -> None:
    async def story(front: Front) -> list[dict[str, Any]]:
        front.lanes[0].taken = 11
        return await ask(front, "/x")

    status, body = told(played(story))
    assert (status, json.loads(body)["type"]) == (503, "unavailable")


def test_a_full_line_of_callers_keeps_nobody_else_out() -> None:
    async def story(_: Front) -> list[dict[str, Any]]:
        lanes = [Lane(re.compile("/calls"), 1, 0, taken=1), Lane(re.compile(""), 1, 10)]
        front = Front(application, Bell(""), lanes)
        leave = asyncio.Event()
        leave.set()
        assert told(await ask(front, "/calls"))[0] == 503
        await ask(front, "/held", leave=leave)
        return await ask(front, "/console")

    assert told(played(story))[0] == 200
    assert SEEN == ["GET /held", "POST /gone", "GET /console"]
