"""A snapshot with its features in memory."""

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
    hashes = [row.sha256 for row in frozen.rows]
    present, found = vectors(hashes, frozen.feature_version)
    where = {sha256: place for place, sha256 in enumerate(present)}
    table = np.full((len(hashes), found.shape[1]), np.nan, np.float32)
    known = [row for row, sha256 in enumerate(hashes) if sha256 in where]
    table[known] = found[[where[hashes[row]] for row in known]]
    pulse.say(f"Features: {made} computed, {max(len(known) - made, 0)} read, {len(hashes) - len(known)} not there.")
    return Frozen(**{**vars(frozen), "features": table})
