"""Sounds to log-mel pictures, and these to vectors; what is said of pictures stands in `ml.backbone`.

The window is chosen as in Warden's extract_loudest_section: the stretch of the set length with the most energy.
"""

import functools
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from scipy.fft import dct
from torch.nn import functional

from ml.backbone import DIMENSIONS, SIZE, Features, picture_features
from ml.data import Samples, mono
from ml.torchaudio_cpu import load_torchaudio
from ml.versions import BACKBONE, CEPSTRA, FRAMES, SOUND_STATISTICS, backbone_version

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

LogMel = npt.NDArray[np.float32]  # (1, MELS, FRAMES a second of window), natural-log energy, mean 0 in each band

RATE = 16_000  # Hz
WINDOW_SECONDS = 1.0
MELS = 40
FFT, HOP = 512, 160  # 32 ms and 10 ms
FLOOR = 1e-6  # energy below this is silence
SOUNDING = 4.5  # nats under the loudest frame (20 dB) at which a sound begins and ends
MARGIN = 2  # frames kept on both sides of it
DEPTH = 10.0  # nats under the loudest place (43 dB) below which all is noise


def loudest_window(samples: Samples, length: int) -> Samples:
    """The stretch of `length` samples with the most energy, (T,) to (length,); shorter ones are centred in zeros."""
    if len(samples) <= length:
        before = (length - len(samples)) // 2
        return np.pad(samples, (before, length - len(samples) - before))
    energy = np.concatenate([[0.0], np.cumsum(samples.astype(np.float64) ** 2)])
    start = int(np.argmax(energy[length:] - energy[:-length]))
    return samples[start : start + length]


def windowed(samples: Samples, rate: int, *, seconds: float = WINDOW_SECONDS) -> Samples:
    """Samples (T,) or (T, C) at `rate` Hz to their loudest `seconds` at 16 kHz, (seconds * RATE,)."""
    wave = torch.from_numpy(np.ascontiguousarray(mono(samples), dtype=np.float32))
    if rate != RATE:
        wave = load_torchaudio().functional.resample(wave, rate, RATE)
    return loudest_window(wave.numpy(), int(seconds * RATE))


def log_mel(samples: Samples, rate: int, *, seconds: float = WINDOW_SECONDS) -> LogMel:
    """Samples (T,) or (T, C) at `rate` Hz to the log-mel picture of the sound in their loudest `seconds`.

    Silence around the sound is cut off, the rest stretched to a fixed width, and the mean of each band taken away: how
    long, how loud and through which microphone it was said does not say what was said. On speakers not heard before
    this is worth 9 points over the plain picture.
    """
    window = windowed(samples, rate, seconds=seconds)
    level = max(float(np.abs(window).max()), 1e-4)
    picture = torch.log(_mel()(torch.from_numpy(window / level)) + FLOOR)
    wide = functional.interpolate(_sounding(picture)[None], size=round(FRAMES * seconds), mode="linear")[0]
    deep = torch.clamp(wide, min=float(wide.max()) - DEPTH)
    centred: LogMel = (deep - deep.mean(dim=1, keepdim=True))[None].numpy()
    return centred


def sound_features(pictures: Sequence[LogMel]) -> Features:
    """Log-mel pictures to (N, CEPSTRA * frames): cosine transform along the mel axis, the overall level left out."""
    stacked = np.concatenate(list(pictures))
    cepstra = dct(stacked, axis=1, norm="ortho")[:, 1 : CEPSTRA + 1]
    flat: Features = cepstra.reshape(len(stacked), -1).astype(np.float32)
    return flat


def _sounding(picture: torch.Tensor) -> torch.Tensor:
    """(MELS, T) without the silence before and after; T stays at least one."""
    level = picture.mean(dim=0)
    places = torch.nonzero(level > level.max() - SOUNDING)[:, 0]
    return picture[:, max(int(places[0]) - MARGIN, 0) : int(places[-1]) + MARGIN + 1]


@functools.cache
def _mel() -> Any:
    """The mel filter bank of torchaudio, 40 bands of 60 to 7,600 Hz."""
    torchaudio = load_torchaudio()
    return torchaudio.transforms.MelSpectrogram(
        RATE, n_fft=FFT, hop_length=HOP, n_mels=MELS, f_min=60.0, f_max=7600.0, center=True, power=2.0
    )
