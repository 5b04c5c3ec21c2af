"""Which rows are left out together, so that each is predicted by a model that never saw it or its group."""

import hashlib
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from ml.snapshot import Row

FEW = 4  # groups a fold; with fewer, chance would leave folds empty or one of them huge


def folds_of(rows: Sequence[Row], folds: int) -> npt.NDArray[np.intp]:
    """(M,) of 0..folds-1, by group alone.

    Many groups keep their fold whatever else is added; few are dealt out in turn. Where all rows are of one group,
    nothing can be told of another one, and the rows themselves are dealt out.
    """
    keys = [row.group or row.sha256 for row in rows]
    if len(set(keys)) < 2:
        keys = [f"{row.sha256} {row.id}" for row in rows]
    elif len(set(keys)) > FEW * folds:
        return np.array([row.bucket for row in rows], np.intp) % folds
    ranked = sorted(set(keys), key=lambda key: hashlib.sha256(f"fold:{key}".encode()).digest())
    place = {key: at % folds for at, key in enumerate(ranked)}
    return np.array([place[key] for key in keys], np.intp)
