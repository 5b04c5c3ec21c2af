"""Sounds to log-mel pictures, and these to vectors; what is said of pictures stands in `ml.backbone`.

The window is chosen as in Warden's extract_loudest_section: the stretch of the set length with the most energy.
"""

import functools
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from ml.backbone import BACKBONE, DIMENSIONS, SIZE, Features, backbone_version, picture_features
from ml.data import Samples, mono
from ml.torchaudio_cpu import load_torchaudio

__all__ = [
    "BACKBONE",
    "DIMENSIONS",
    "SIZE",
    "SOUND_STATISTICS",
    "Features",
    "LogMel",
    "backbone_version",
    "log_mel",
    "loudest_window",
    "picture_features",
    "sound_features",
]

LogMel = npt.NDArray[np.float32]  # (1, MELS, T), mean 0 by clip, in natural-log units of energy

RATE = 16_000  # Hz
WINDOW_SECONDS = 1.0
MELS = 40
FFT, HOP = 512, 160  # 32 ms and 10 ms
FLOOR = 1e-6  # energy below this is silence
SEGMENTS = 6  # stretches of time whose statistics are taken apart
SOUND_STATISTICS = f"log-mel-statistics@{MELS}x{SEGMENTS}"


def loudest_window(samples: Samples, length: int) -> Samples:
    """The stretch of `length` samples with the most energy, (T,) to (length,); shorter ones are centred in zeros."""
    if len(samples) <= length:
        before = (length - len(samples)) // 2
        return np.pad(samples, (before, length - len(samples) - before))
    energy = np.concatenate([[0.0], np.cumsum(samples.astype(np.float64) ** 2)])
    start = int(np.argmax(energy[length:] - energy[:-length]))
    return samples[start : start + length]


def log_mel(samples: Samples, rate: int, *, seconds: float = WINDOW_SECONDS) -> LogMel:
    """Samples (T,) or (T, C) at `rate` Hz to the log-mel picture (1, MELS, frames) of their loudest `seconds`."""
    wave = torch.from_numpy(np.ascontiguousarray(mono(samples)))
    if rate != RATE:
        wave = load_torchaudio().functional.resample(wave, rate, RATE)
    window = loudest_window(wave.numpy(), int(seconds * RATE))
    level = max(float(np.abs(window).max()), 1e-4)  # loudness says where the microphone stood, not what was said
    energy = _mel()(torch.from_numpy(window / level))
    picture: LogMel = torch.log(energy + FLOOR)[None].numpy()
    return picture


def sound_features(pictures: Sequence[LogMel]) -> Features:
    """Log-mel pictures to (N, MELS * (2 + 2 * SEGMENTS)): mean and spread over all and over stretches of time."""
    return np.stack([_statistics(picture[0]) for picture in pictures]).astype(np.float32)


def _statistics(picture: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """(MELS, T) to one vector."""
    parts = [picture, *np.array_split(picture, SEGMENTS, axis=1)]
    return np.concatenate([value for part in parts for value in (part.mean(axis=1), part.std(axis=1))])


@functools.cache
def _mel() -> Any:
    """The mel filter bank of torchaudio, 40 bands of 60 to 7,600 Hz."""
    torchaudio = load_torchaudio()
    return torchaudio.transforms.MelSpectrogram(
        RATE, n_fft=FFT, hop_length=HOP, n_mels=MELS, f_min=60.0, f_max=7600.0, center=True, power=2.0
    )
