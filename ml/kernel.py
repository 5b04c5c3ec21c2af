"""Nearness to known examples, so that a linear head can bend: a Gaussian kernel to landmarks (Williams, Seeger 2001).

phi_m(x) = exp(-gamma d(x, l_m)), the landmarks l_m being some of the training rows; their labels are not looked at. The
distance d is the squared Euclidean one, or that of sounds bent in time to fit each other.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from ml.align import aligned_distances
from ml.recipe import Stop, Stopped

Array = npt.NDArray[np.float32]

CHUNK = 512  # rows mapped at once: their nearness to some thousand landmarks stays in cache
SHARPNESS = 2.0  # of the aligned kernel: gamma times the landmarks' median distance
MEASURED = 200  # landmarks whose distances give that median


@dataclass(frozen=True)
class Kernel:
    """A map of features (N, D) to nearness (N, M) in [0, 1]."""

    landmarks: Array  # (M, D)
    gamma: float
    frames: int = 0  # of which a row consists, (D / frames values each), where they are aligned; 0 where not
    unit: float = 1.0  # mean squared distance of a frame from the mean frame
    scale: Array | None = None  # (D,) by which features are multiplied first; the landmarks are already

    def __call__(self, features: Array, should_stop: Stop = lambda: False) -> Array:
        """(N, D) to (N, M); raises Stopped."""
        out = np.empty((len(features), len(self.landmarks)), np.float32)
        turned, squared = np.ascontiguousarray(self.landmarks.T), (self.landmarks**2).sum(axis=1)
        for start in range(0, len(features), CHUNK):
            if should_stop():
                raise Stopped
            part, near = features[start : start + CHUNK], out[start : start + CHUNK]
            if self.scale is not None:
                part = part * self.scale
            if self.frames:
                near[:] = self.distances(part)
            else:
                np.matmul(part, turned, out=near)
                near *= -2
                near += (part**2).sum(axis=1)[:, None]
                near += squared
            np.maximum(near, 0, out=near)
            near *= -self.gamma
            np.exp(near, out=near)
        return out

    def distances(self, part: Array) -> Array:
        """(N, D) of aligned sounds to (N, M), not negative."""
        return aligned_distances(_frames(part, self.frames), _frames(self.landmarks, self.frames), self.unit)


def kernel_of(features: Array, landmarks: int, seed: int, frames: int = 0) -> Kernel:
    """`landmarks` rows drawn from (N, D), and the width that the features' own spread asks for."""
    chosen = np.random.default_rng(seed).permutation(len(features))[:landmarks]
    if frames:
        single = _frames(features, frames).reshape(-1, features.shape[1] // frames)
        unit = float(single.var(axis=0, dtype=np.float64).sum())
        some = Kernel(features[chosen[:MEASURED]], 1.0, frames, unit)
        median = float(np.median(some.distances(some.landmarks)))
        return Kernel(features[np.sort(chosen)], SHARPNESS / max(median, 1e-12), frames, unit)
    spread = float(features.var(dtype=np.float64)) * features.shape[1]
    return Kernel(features[np.sort(chosen)], 1 / max(spread, 1e-12))


def even_kernel_of(features: Array, landmarks: int, seed: int) -> Kernel:
    """The same with every feature at unit spread first, and the width that half of all pairs lie within."""
    scale = (1 / np.maximum(_spread(features), 1e-6)).astype(np.float32)
    chosen = np.random.default_rng(seed).permutation(len(features))[:landmarks]
    return Kernel(features[np.sort(chosen)] * scale, 1 / (2 * features.shape[1]), scale=scale)


def _spread(features: Array) -> npt.NDArray[np.float64]:
    """Standard deviation of each column of (N, D), (D,); twice over the rows, in pieces that stay in cache."""
    pieces = [features[start : start + CHUNK] for start in range(0, len(features), CHUNK)]
    mean = np.sum([piece.sum(axis=0, dtype=np.float64) for piece in pieces], axis=0) / len(features)
    centred = mean.astype(np.float32)
    squares = [((piece - centred) ** 2).sum(axis=0, dtype=np.float64) for piece in pieces]
    deviation: npt.NDArray[np.float64] = np.sqrt(np.sum(squares, axis=0) / len(features))
    return deviation


def saved_kernel(landmarks: Array, about: Mapping[str, Any], frames: int, scale: Array | None = None) -> Kernel:
    """The kernel of a saved model; `about` is its JSON."""
    return Kernel(landmarks, about["gamma"], frames, about.get("unit", 1.0), scale)


def _frames(flat: Array, frames: int) -> Array:
    """(N, frames * depth) to (N, frames, depth)."""
    return flat.reshape(len(flat), frames, -1)
