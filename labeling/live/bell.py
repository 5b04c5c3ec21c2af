"""One connection a process that listens for all who wait in it."""

import asyncio
import contextlib
import logging
import secrets
import time
from collections import deque
from collections.abc import AsyncIterator

import psycopg

from labeling.live.held import CHANNEL

REMEMBERED_SECONDS = 10.0  # a topic may ring between a view's commit and the moment when its caller begins to wait
RECONNECT_SECONDS = 0.5
log = logging.getLogger(__name__)


class Bell:
    """Topics rung by PostgreSQL's NOTIFY, handed to the tasks that wait for them.

    Its connection bears a name of its own, which PostgreSQL knows for as long as this process lives: by it others can
    tell whose callers are gone.
    """

    def __init__(self, conninfo: str) -> None:
        self.conninfo, self.name = conninfo, f"front {secrets.token_hex(8)}"
        self._waiting: dict[str, set[asyncio.Event]] = {}
        self._past: deque[tuple[float, str]] = deque()
        self._rung: dict[str, float] = {}

    async def listen(self) -> None:
        """Listen until cancelled; what was missed while the database was away is made up for by ringing all."""
        while True:
            try:
                async with await psycopg.AsyncConnection.connect(
                    self.conninfo, autocommit=True, application_name=self.name
                ) as connection:
                    await connection.execute(f"LISTEN {CHANNEL}")
                    self.ring_all()
                    async for note in connection.notifies():
                        self.ring(note.payload)
            except psycopg.OperationalError as error:
                log.warning("Nobody can be woken for now: %s", str(error).strip().split("\n")[0])
            await asyncio.sleep(RECONNECT_SECONDS)

    def ring(self, topic: str) -> None:
        """Wake those who wait for a topic, and remember it for those who are about to."""
        now = time.monotonic()
        self._rung[topic] = now
        self._past.append((now, topic))
        while self._past and self._past[0][0] < now - REMEMBERED_SECONDS:
            at, old = self._past.popleft()
            if self._rung.get(old) == at:
                del self._rung[old]
        for event in self._waiting.get(topic, ()):
            event.set()

    def ring_all(self) -> None:
        """Wake everybody: each looks for itself."""
        for events in self._waiting.values():
            for event in events:
                event.set()

    @contextlib.asynccontextmanager
    async def waiting(self, topic: str, since: float) -> AsyncIterator[asyncio.Event]:
        """An event that is set when the topic rings, at once where it has since that moment of the monotonic clock."""
        event = asyncio.Event()
        if self._rung.get(topic, 0.0) >= since:
            event.set()
        self._waiting.setdefault(topic, set()).add(event)
        try:
            yield event
        finally:
            self._waiting[topic].discard(event)
            if not self._waiting[topic]:
                del self._waiting[topic]
