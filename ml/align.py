"""How far apart two sounds are once one is bent in time to fit the other (dynamic time warping, Sakoe and Chiba 1978).

    g(i, j) = d(i, j) + min(g(i-1, j-1), g(i-1, j) + penalty, g(i, j-1) + penalty),   distance = g(T-1, T-1) / T

with d the squared distance of frames i and j. The penalty of a step aside is what makes it work: without one anything
may be bent into anything.
"""

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float32]

PENALTY = 0.3  # of a step aside, in units of the mean squared distance of a frame from the mean frame
BAND = 10  # frames by which two sounds may run apart, of 20; the ends are cut off together by the front end
CHUNK = 16  # sounds aligned at once: their cells stay in cache
FAR = np.float32(1e9)


def aligned_distances(sounds: Array, others: Array, unit: float) -> Array:
    """(N, T, D) frames against (M, T, D) to (N, M) distances, not negative; a step aside costs PENALTY `unit`s."""
    count, length, depth = sounds.shape
    flat = others.reshape(-1, depth)
    squared = (flat**2).sum(axis=1)
    out = np.empty((count, len(others)), np.float32)
    for start in range(0, count, CHUNK):
        part = sounds[start : start + CHUNK].reshape(-1, depth)
        cells = (part**2).sum(axis=1)[:, None] + squared - 2 * part @ flat.T
        shaped = np.maximum(cells, 0).reshape(-1, length, len(others), length).transpose(1, 3, 0, 2)
        out[start : start + CHUNK] = _cheapest_path(np.ascontiguousarray(shaped), np.float32(PENALTY * unit)) / length
    return out


def _cheapest_path(cells: Array, penalty: np.float32) -> Array:
    """(T, T, N, M) costs to the cost of the cheapest way from the first cell to the last, (N, M)."""
    length = len(cells)
    outside = np.full(cells.shape[2:], FAR, np.float32)
    before = [outside] * length
    for i in range(length):
        row = [outside] * length
        for j in range(max(0, i - BAND), min(length, i + BAND + 1)):
            if i == 0 and j == 0:
                row[0] = cells[0, 0]
                continue
            aside = np.minimum(before[j], row[j - 1] if j else outside)
            aside += penalty
            np.minimum(aside, before[j - 1] if j else outside, out=aside)
            aside += cells[i, j]
            row[j] = aside
        before = row
    return before[-1]
