"""The tree of processes: start in order, bring back whoever dies, end all."""

import signal
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType

from labeling.supervisor.faults import Fault
from labeling.supervisor.process import Child, Farewell, kill_group, stop

WATCH_SECONDS = 0.1
SHORT_LIFE_SECONDS = 5.0  # who lived longer did its work: its end is no fault that comes back at each start
LONGEST_DELAY_SECONDS = 15.0


class Interrupted(Exception):
    """Somebody asked the supervisor to end."""


@dataclass(frozen=True)
class Part:
    """One kind of process of the tree: how it is started, ended, and waited for at the first start."""

    name: str
    start: Callable[[], Child]
    farewell: Farewell
    wait_ready: Callable[[Child], None] | None = None


@dataclass
class Seat:
    """Where a part runs, and how it has fared."""

    part: Part
    child: Child
    since: float
    short_lives: int = 0
    wake_at: float | None = None


def say(text: str) -> None:
    """Tell the person at the terminal."""
    print(text, file=sys.stderr, flush=True)


class Tree:
    """Parts in the order in which they were started."""

    def __init__(self) -> None:
        self.seats: list[Seat] = []

    def add(self, part: Part) -> None:
        """Start a part and wait until it is ready; it is watched from now on."""
        seat = Seat(part, part.start(), time.monotonic())
        self.seats.append(seat)
        if part.wait_ready is not None:
            part.wait_ready(seat.child)

    def watch(self) -> None:
        """Bring back whoever ends, until interrupted: at once the first time, then ever more slowly."""
        while True:
            for seat in self.seats:
                self._look(seat)
            time.sleep(WATCH_SECONDS)

    def _look(self, seat: Seat) -> None:
        code, now = seat.child.poll(), time.monotonic()
        if code is None:
            return
        if seat.wake_at is None:
            kill_group(seat.child)  # nothing of the last life may stand in the way of the next
            seat.short_lives = seat.short_lives + 1 if now - seat.since < SHORT_LIFE_SECONDS else 0
            delay = min(0.1 * 2**seat.short_lives, LONGEST_DELAY_SECONDS) if seat.short_lives else 0.0
            seat.wake_at = now + delay
            say(f"{seat.part.name} ended ({manner(code)}); starting it again.")
        if now >= seat.wake_at:
            self._revive(seat)

    def _revive(self, seat: Seat) -> None:
        try:
            seat.child = seat.part.start()
        except Fault as fault:
            say(str(fault))
            seat.short_lives += 1
            seat.wake_at = time.monotonic() + min(0.1 * 2**seat.short_lives, LONGEST_DELAY_SECONDS)
        else:
            seat.since, seat.wake_at = time.monotonic(), None

    def stop(self) -> None:
        """End all, last started first, each by its farewell."""
        for seat in reversed(self.seats):
            stop(seat.child, seat.part.farewell)
        self.seats.clear()


def manner(code: int) -> str:
    """How a process ended."""
    return signal.Signals(-code).name if code < 0 else f"exit code {code}"


@contextmanager
def interruptible(signs: Sequence[signal.Signals] = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)) -> Iterator[None]:
    """Turn the first of these signals into Interrupted, and be deaf to more of them while all is put away."""

    def interrupt(number: int, frame: FrameType | None) -> None:
        for sign in signs:
            signal.signal(sign, signal.SIG_IGN)
        raise Interrupted

    before = {sign: signal.signal(sign, interrupt) for sign in signs}
    try:
        yield
    finally:
        for sign, handler in before.items():
            signal.signal(sign, handler)
