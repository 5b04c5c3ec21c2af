"""CPU seconds and peak memory of a whole fit on synthetic answers, each in a process of its own.

Both run on one thread; CPU time is what they would take on a quiet machine, and this one is shared.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from tests.bench.truth.progress import say

SIZES = {"100k": 100_000, "1m": 1_000_000}
N_CLASSES, N_PEOPLE, EACH = 10, 1000, 10
SKILL = (0.5, 0.95)
REPEATS = 3  # of each timing, in turn; the fastest counts, since other work on the machine only adds
Timing = dict[str, float]


class Yardstick(Protocol):
    """Another implementation that can be timed on the same file."""

    def timing(self, given: Path) -> Timing:
        """Seconds, peak memory and accuracy of one fit."""


def speed(label: str, size: int, other: Yardstick | None, folder: Path) -> dict[str, float]:
    """Ours with the strength chosen and all, beside the other; both on one thread, by the same stopping rule."""
    given = folder / f"{label}.npz"
    np.savez(given, allow_pickle=False, **synthetic(size))
    ours: list[Timing] = []
    theirs: list[Timing] = []
    for _ in range(REPEATS):
        ours.append(child([sys.executable, "-m", "tests.bench.truth.timed", str(given)]))
        if other is not None:
            theirs.append(other.timing(given))
    figures = named(label, "", ours)
    if theirs:
        figures |= named(label, "_crowdkit", theirs)
        figures[f"speedup_{label}"] = figures[f"seconds_{label}_crowdkit"] / figures[f"seconds_{label}"]
    return figures


def named(label: str, suffix: str, timings: list[Timing]) -> dict[str, float]:
    """The keys of one implementation at one size."""
    best = min(timings, key=lambda timing: timing["seconds"])
    say(f"  {suffix or 'ours'}: {best}")
    return {
        f"seconds_{label}{suffix}": best["seconds"],
        f"peak_mb_{label}{suffix}": best["peak_mb"],
        f"acc_synthetic_{label}{suffix}": best["accuracy"],
    }


def synthetic(size: int) -> dict[str, NDArray[np.int64]]:
    """Independent people of various skill whose errors fall on all classes alike, ten answers an item."""
    rng = np.random.default_rng(size)
    truth = rng.integers(N_CLASSES, size=size // EACH)
    item = np.repeat(np.arange(truth.size), EACH)
    person = rng.integers(N_PEOPLE, size=size)
    right = rng.random(size) < rng.uniform(*SKILL, size=N_PEOPLE)[person]
    wrong = (truth[item] + rng.integers(1, N_CLASSES, size=size)) % N_CLASSES
    return {"item": item, "person": person, "symbol": np.where(right, truth[item], wrong), "truth": truth}


def child(command: list[str]) -> Timing:
    """Run a process, one thread, and read the JSON object on its last line."""
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, env=environment)
    found: Timing = json.loads(done.stdout.strip().splitlines()[-1])
    return found
