"""Rank a million items and pick a thousand that are not all alike: seconds, and memory at its highest.

ITEMS=, DIMENSIONS=, CLASSES= and PICKS= choose other sizes. The embeddings alone take 2 GB; `extra_mb` comes on top.
"""

import os
import resource
import time
from pathlib import Path
from typing import Any

import numpy as np

from ml.select import STRATEGIES, diverse

ITEMS, DIMENSIONS = int(os.environ.get("ITEMS", "1000000")), int(os.environ.get("DIMENSIONS", "512"))
CLASSES, PICKS = int(os.environ.get("CLASSES", "10")), int(os.environ.get("PICKS", "1000"))
CHUNK = 100_000  # rows drawn at once
STRATEGY = os.environ.get("STRATEGY", "lowest_confidence")


def run(_data: Path | None) -> dict[str, Any]:
    """Drawn once, ranked and picked once."""
    random = np.random.default_rng(0)
    embeddings = np.empty((ITEMS, DIMENSIONS), np.float32)
    probabilities = np.empty((ITEMS, CLASSES), np.float32)
    for start in range(0, ITEMS, CHUNK):
        part = slice(start, start + CHUNK)
        embeddings[part] = random.standard_normal(embeddings[part].shape, np.float32)
        drawn = random.standard_gamma(0.3, probabilities[part].shape).astype(np.float32) + 1e-6
        probabilities[part] = drawn / drawn.sum(axis=1, keepdims=True)
    counts = random.integers(0, 3, ITEMS).astype(np.intp)
    before = _peak_mb()
    began = time.perf_counter()
    scores = STRATEGIES[STRATEGY](probabilities, embeddings, counts, 0)
    ranked = time.perf_counter()
    order = np.argsort(-scores)
    picked = diverse(scores, embeddings, PICKS)
    seconds = time.perf_counter() - began
    assert len(order) == ITEMS
    assert len(set(picked.tolist())) == PICKS
    return {
        "items": ITEMS, "picks": PICKS, "strategy": STRATEGY, "seconds": round(seconds, 2),
        "seconds_scoring": round(ranked - began, 2), "peak_mb": round(_peak_mb()),
        "extra_mb": round(_peak_mb() - before),
    }  # fmt: skip


def _peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
