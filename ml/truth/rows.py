"""The largest entry and the sum of each short row, column by column: NumPy's own take four to eight times as long."""

from __future__ import annotations

import numpy as np

from ml.truth.answers import Floats


def largest(table: Floats) -> Floats:
    """The largest entry over the last axis, which is kept, (..., 1)."""
    top = table[..., 0].copy()
    for column in range(1, table.shape[-1]):
        np.maximum(top, table[..., column], out=top)
    return np.asarray(top[..., None])


def total(table: Floats) -> Floats:
    """The sum over the last axis, which is kept, (..., 1)."""
    return np.asarray((table @ np.ones(table.shape[-1]))[..., None])
