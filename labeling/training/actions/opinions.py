"""What a model said when it was made, kept beside its weights: nobody can ask it for out-of-fold opinions later."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from labeling.suggestions.actions import Opinion
from ml.snapshot import Snapshot as Frozen
from ml.train import Trained

NAME = "opinions.npz"


def keep(place: Path, frozen: Frozen, trained: Trained) -> None:
    """Write the opinions on every item that could be read."""
    read = np.isfinite(trained.probabilities).all(axis=1)
    items = np.array([int(row.id) for row in frozen.rows], np.int64)
    with (place / NAME).open("wb") as out:
        np.savez(
            out, items=items[read], probabilities=trained.probabilities[read], out_of_fold=trained.out_of_fold[read]
        )


def kept(place: Path) -> Iterator[Opinion]:
    """The opinions as they were written."""
    with np.load(place / NAME) as table:
        columns = [table[name].tolist() for name in ("items", "probabilities", "out_of_fold")]
    for item_id, probabilities, out_of_fold in zip(*columns, strict=True):
        yield Opinion(item_id, tuple(probabilities), out_of_fold)
