"""A snapshot with its features in memory."""

from dataclasses import replace

import numpy as np

from labeling.embeddings.actions import ensure
from labeling.embeddings.reads import vectors
from labeling.training.actions.pulse import Pulse
from labeling.training.models import Run, Speed
from ml.snapshot import Snapshot as Frozen


def with_features(run: Run, pulse: Pulse, frozen: Frozen) -> Frozen:
    """The same rows with features; NaN where a file cannot be read, or where a refit finds none stored."""
    made = 0
    if run.speed == Speed.DEEP:
        pulse.say("Computing features that are not stored yet.", stage="Features")
        made = ensure(
            project=run.project, on_progress=lambda done, total: pulse.note(stage=f"Features: {done} of {total}")
        )
    full = features_of(frozen)
    known = 0 if full.features is None else int(np.isfinite(full.features).all(axis=1).sum())
    read = max(known - made, 0)
    pulse.say(f"Features: {made} computed, {read} read, {len(frozen.rows) - known} not there.")
    return full


def features_of(frozen: Frozen) -> Frozen:
    """The rows with what is stored; NaN where nothing is."""
    hashes = [row.sha256 for row in frozen.rows]
    present, found = vectors(hashes, frozen.feature_version)
    where = {sha256: place for place, sha256 in enumerate(present)}
    table = np.full((len(hashes), max(found.shape[1], 1)), np.nan, np.float32)
    known = [row for row, sha256 in enumerate(hashes) if sha256 in where]
    if known:
        table[known] = found[[where[hashes[row]] for row in known]]
    return replace(frozen, features=table)
