"""A WSGI application run in threads behind an ASGI server: small bodies whole, large ones and streams in pieces."""

import asyncio
import io
import sys
from collections.abc import Awaitable, Callable, Iterable
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote_to_bytes
from wsgiref.types import WSGIApplication
from wsgiref.util import FileWrapper

from labeling.live.held import KEEPER

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]
SMALL_BODY = 2**20  # bytes: read in the event loop before a thread is taken
PIECE = 64 * 2**10  # bytes sent at once of a streamed answer
BODILESS = {"GET", "HEAD", "OPTIONS", "DELETE"}


@dataclass
class Reply:
    """A whole answer that was not sent yet."""

    status: int
    headers: list[tuple[bytes, bytes]]
    body: bytes

    def header(self, name: str) -> str:
        """A header's value, empty where there is none."""
        wanted = name.lower().encode()
        return next((value.decode("latin1") for key, value in self.headers if key.lower() == wanted), "")


class Body(io.RawIOBase):
    """The request's body, fetched from the event loop by the thread that reads it."""

    def __init__(self, receive: Receive, loop: asyncio.AbstractEventLoop) -> None:
        self._receive, self._loop = receive, loop
        self._rest, self._more = b"", True

    def readable(self) -> bool:
        """It is."""
        return True

    def readinto(self, buffer: Any) -> int:
        """The next bytes; none at the end, nor after the caller left."""
        while not self._rest and self._more:
            message = asyncio.run_coroutine_threadsafe(_coroutine(self._receive), self._loop).result()
            self._more = message["type"] == "http.request" and message.get("more_body", False)
            self._rest = message.get("body", b"")
        size = min(len(buffer), len(self._rest))
        buffer[:size], self._rest = self._rest[:size], self._rest[size:]
        return size


async def _coroutine(call: Callable[..., Awaitable[Any]], *arguments: Any) -> Any:
    """An awaitable of whatever kind as the coroutine that asyncio wants."""
    return await call(*arguments)


class Bridge:
    """Runs requests; an answer known whole is returned, a stream is sent from the thread that makes it."""

    def __init__(self, application: WSGIApplication, keeper: str = "") -> None:
        self.application, self.keeper = application, keeper

    async def run(self, scope: Scope, receive: Receive, send: Send, executor: Executor) -> Reply | None:
        """The answer to send, or None where it has been sent."""
        loop = asyncio.get_running_loop()
        body = await _small(scope, receive)
        stream = io.BytesIO(body) if body is not None else io.BufferedReader(Body(receive, loop), PIECE)
        request = environ(scope, stream) | {KEEPER: self.keeper}
        return await loop.run_in_executor(executor, self._work, request, send, loop)

    def _work(self, request: dict[str, Any], send: Send, loop: asyncio.AbstractEventLoop) -> Reply | None:
        begun: list[tuple[int, list[tuple[bytes, bytes]]]] = []

        def start(status: str, headers: list[tuple[str, str]], problem: Any = None) -> Callable[[bytes], object]:
            lines = [(name.lower().encode("latin1"), value.encode("latin1")) for name, value in headers]
            begun.append((int(status.split(" ", 1)[0]), lines))
            return lambda data: None

        result = self.application(request, start)
        try:
            if not getattr(result, "streaming", True):
                return Reply(*begun[-1], b"".join(result))
            _stream(*begun[-1], result, lambda message: _wait(send, message, loop))
            return None
        finally:
            if hasattr(result, "close"):
                result.close()


def _wait(send: Send, message: dict[str, Any], loop: asyncio.AbstractEventLoop) -> None:
    asyncio.run_coroutine_threadsafe(_coroutine(send, message), loop).result()


def _stream(
    status: int, headers: list[tuple[bytes, bytes]], result: Iterable[bytes], send: Callable[[dict[str, Any]], None]
) -> None:
    send({"type": "http.response.start", "status": status, "headers": headers})
    piece = bytearray()
    for part in result:
        piece += part
        if len(piece) >= PIECE:
            send({"type": "http.response.body", "body": bytes(piece), "more_body": True})
            piece.clear()
    send({"type": "http.response.body", "body": bytes(piece)})


async def _small(scope: Scope, receive: Receive) -> bytes | None:
    """A small body whole; None for a large one, which its reader fetches."""
    length = dict(scope["headers"]).get(b"content-length", b"0")
    size = int(length) if length.isdigit() else 0
    if scope["method"] in BODILESS and not size:
        return b""
    if size > SMALL_BODY:
        return None
    body = bytearray()
    while len(body) < size:
        message = await receive()
        body += message.get("body", b"")
        if message["type"] != "http.request" or not message.get("more_body", False):
            break
    return bytes(body)


def environ(scope: Scope, body: Any) -> dict[str, Any]:
    """The request as WSGI has it (PEP 3333)."""
    host, port = scope.get("server") or ("localhost", 80)
    path = scope.get("raw_path")
    raw = unquote_to_bytes(path.split(b"?", 1)[0]) if path else scope["path"].encode()
    request: dict[str, Any] = {
        "REQUEST_METHOD": scope["method"], "SCRIPT_NAME": "", "PATH_INFO": raw.decode("latin1"),
        "QUERY_STRING": scope["query_string"].decode("latin1"), "SERVER_PROTOCOL": f"HTTP/{scope['http_version']}",
        "SERVER_NAME": host, "SERVER_PORT": str(port or 80), "REMOTE_ADDR": (scope.get("client") or ("",))[0],
        "wsgi.version": (1, 0), "wsgi.url_scheme": scope.get("scheme", "http"), "wsgi.input": body,
        "wsgi.errors": sys.stderr, "wsgi.multithread": True, "wsgi.multiprocess": True, "wsgi.run_once": False,
        "wsgi.file_wrapper": FileWrapper,
    }  # fmt: skip
    for name, value in scope["headers"]:
        word = name.decode("latin1").upper().replace("-", "_")
        key = word if word in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{word}"
        joint = "; " if word == "COOKIE" else ","
        told = value.decode("latin1")
        request[key] = f"{request[key]}{joint}{told}" if key in request else told
    return request
