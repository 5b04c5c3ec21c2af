"""Sounds of any lengths side by side: each as long as it is, and padded only beside the others of its batch."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from ml.features import MELS, LogMel

LONGEST = 30.0  # seconds; of a longer sound the loudest stretch of this length is taken, and the run says so
FRAMES_AT_ONCE = 100_000  # of a batch that is only predicted; 256 sounds of four seconds


@dataclass(frozen=True)
class Ragged:
    """N log-mel pictures (1, MELS, T), and the positions of those that were too long."""

    pictures: Sequence[LogMel]
    cut: tuple[int, ...] = ()

    def __len__(self) -> int:
        return len(self.pictures)

    def __getitem__(self, rows: Tensor | npt.NDArray[np.intp]) -> Tensor:
        """Positions (B,) to a batch (B, 1, MELS, longest of them), NaN where one is over."""
        return torch.from_numpy(padded([self.pictures[at] for at in rows.tolist()]))

    def at_once(self, most: int) -> int:
        """How many rows may stand side by side, whichever they are."""
        longest = max((picture.shape[2] for picture in self.pictures), default=1)
        return max(1, min(most, FRAMES_AT_ONCE // longest))


def padded(pictures: Sequence[LogMel]) -> npt.NDArray[np.float32]:
    """(1, MELS, T) of various T to (N, 1, MELS, longest T), NaN where one is over."""
    longest = max((picture.shape[2] for picture in pictures), default=0)
    out = np.full((len(pictures), 1, MELS, longest), np.nan, np.float32)
    for at, picture in enumerate(pictures):
        out[at, :, :, : picture.shape[2]] = picture
    return out
