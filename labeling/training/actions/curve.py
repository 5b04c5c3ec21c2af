"""What the owner sees of a training while it goes on."""

import time
from typing import Any

from labeling.training.actions.pulse import Pulse

SECONDS_BETWEEN_WRITES = 0.3


class Curve:
    """Collects a training's events and writes them to the run a few times a second."""

    def __init__(self, pulse: Pulse) -> None:
        self.pulse = pulse
        self.points: list[dict[str, Any]] = []
        self._last = 0.0

    def add(self, event: dict[str, Any]) -> None:
        """Take one event of ml.train; raises Halted where the run shall stop."""
        if event["phase"] == "inputs":
            done, total = event["done"], event["total"]
            self._write(stage=f"Reading files: {done} of {total}", now=done == total)
            return
        if self.points:
            self.points[-1].pop("confusion", None)  # only the newest one is shown, and each is K times K
        self.points.append(event)
        self._write(stage="Training", curve=self.points)

    def flush(self) -> None:
        """Write what was not yet written."""
        self.pulse.note(curve=self.points)

    def _write(self, *, now: bool = False, **fields: Any) -> None:
        clock = time.monotonic()
        if now or clock - self._last >= SECONDS_BETWEEN_WRITES:
            self._last = clock
            self.pulse.note(**fields)
        else:
            self.pulse.check()
