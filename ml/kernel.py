"""Nearness to known examples, so that a linear head can bend: a Gaussian kernel to landmarks (Williams, Seeger 2001).

phi_m(x) = exp(-gamma |x - l_m|^2), the landmarks l_m being some of the training rows; their labels are not looked at.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float32]

CHUNK = 4096  # rows mapped at once


@dataclass(frozen=True)
class Kernel:
    """A map of features (N, D) to nearness (N, M) in [0, 1]."""

    landmarks: Array  # (M, D)
    gamma: float

    def __call__(self, features: Array) -> Array:
        """(N, D) to (N, M)."""
        squared = (self.landmarks**2).sum(axis=1)
        out = np.empty((len(features), len(self.landmarks)), np.float32)
        for start in range(0, len(features), CHUNK):
            part = features[start : start + CHUNK]
            distance = (part**2).sum(axis=1)[:, None] + squared - 2 * part @ self.landmarks.T
            out[start : start + CHUNK] = np.exp(-self.gamma * np.maximum(distance, 0))
        return out


def kernel_of(features: Array, landmarks: int, seed: int) -> Kernel:
    """`landmarks` rows drawn from (N, D), and the width that the features' own spread asks for."""
    chosen = np.random.default_rng(seed).permutation(len(features))[:landmarks]
    spread = float(features.var(dtype=np.float64)) * features.shape[1]
    return Kernel(features[np.sort(chosen)], 1 / max(spread, 1e-12))
