"""A run's sign of life, its log, and the way in which it learns that it shall stop."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import Error, connection
from django.db.models import F, Value
from django.db.models.functions import Concat
from django.utils import timezone

from labeling.training.models import Run, RunState

BEAT_SECONDS = 1.0


class Halted(Exception):
    """The run was cancelled, or taken for dead: whatever it does now is not wanted."""


class Pulse:
    """Writes the heartbeat of a running run from a thread of its own, and notices there that it shall stop."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self.halted = threading.Event()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._beat, name=f"pulse of run {run.pk}", daemon=True)

    def _beat(self) -> None:
        try:
            while not self._over.wait(BEAT_SECONDS):
                try:
                    self.look()
                except Error:  # the database restarts; the next beat connects anew, and staleness is judged by time
                    connection.close()
        finally:
            connection.close()

    def look(self) -> None:
        """Beat once; notice a request to cancel, and a row that is no longer ours."""
        if not self._rows().update(heartbeat_at=timezone.now()) or self._rows().filter(cancel_requested=True).exists():
            self.halted.set()

    def stopping(self) -> bool:
        """Whether the run shall stop."""
        return self.halted.is_set()

    def check(self) -> None:
        """Raise Halted where the run shall stop."""
        if self.stopping():
            raise Halted

    def say(self, line: str, *, stage: str | None = None, **fields: Any) -> None:
        """Add a line to the log; raises Halted where the run is no longer ours."""
        stamped = f"{timezone.now():%H:%M:%S} {line}\n"
        changes: dict[str, Any] = {"log": Concat(F("log"), Value(stamped)), **fields}
        self.note(**changes, **({} if stage is None else {"stage": stage}))

    def note(self, **fields: Any) -> None:
        """Write columns of the running run."""
        self.check()
        if not self._rows().update(**fields):
            self.halted.set()
            raise Halted

    def _rows(self) -> Any:
        return Run.objects.filter(pk=self.run.pk, state=RunState.RUNNING)

    def start(self) -> None:
        """Begin to beat."""
        self._thread.start()

    def stop(self) -> None:
        """Beat no more."""
        self._over.set()
        self._thread.join()


@contextmanager
def beating(run: Run) -> Iterator[Pulse]:
    """A pulse for as long as the block lasts."""
    pulse = Pulse(run)
    pulse.start()
    try:
        yield pulse
    finally:
        pulse.stop()
