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
from scipy.ndimage import gaussian_filter1d
from torch.nn import functional

from ml.backbone import DIMENSIONS, SIZE, Features, picture_features
from ml.data import Samples, mono
from ml.stages import stage_features
from ml.torchaudio_cpu import load_torchaudio
from ml.versions import BACKBONE, CEPSTRA, FRAMES, SOUND_STATISTICS, STAGES, backbone_version

__all__ = [
    "BACKBONE",
    "DIMENSIONS",
    "SIZE",
    "SOUND_STATISTICS",
    "STAGES",
    "Features",
    "LogMel",
    "backbone_version",
    "log_mel",
    "loudest_window",
    "picture_features",
    "sound_features",
    "stage_features",
]

LogMel = npt.NDArray[np.float32]  # (1, MELS, FRAMES a second of window), natural-log energy, mean 0 in each band

RATE = 16_000  # Hz
WINDOW_SECONDS = 1.0
MELS = 40
FFT, HOP = 512, 160  # 32 ms and 10 ms
LOWEST, HIGHEST = 80.0, 7600.0  # Hz
NARROWEST = 3000.0  # Hz; with a lower top 40 bands would be narrower than what the window resolves
HIGHEST_SHARE = 0.95  # of what a rate can hold
FLOOR = 1e-6  # energy below this is silence
SOUNDING = 4.5  # nats under the loudest frame (20 dB) at which a sound begins and ends
MARGIN = 2  # frames kept on both sides of it
DEPTH = 10.0  # nats under the loudest place (43 dB) below which all is noise
BRIGHTER = 0.97  # of the sample before, taken away: speech falls by 6 dB an octave
CENTRED = 0.5  # share of a band's mean that is taken away
LEVEL = 1.0  # weight of the first coefficient, the level, beside the others
LIFT = 0.2  # power by which higher coefficients, which are smaller, weigh more
SMOOTH = 1.0  # frames, standard deviation


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
    return loudest_window(resampled(samples, rate), int(seconds * RATE))


def resampled(samples: Samples, rate: int) -> Samples:
    """(T,) or (T, C) at `rate` Hz to (T',) at 16 kHz, padded to one frame where it is shorter."""
    wave = torch.from_numpy(np.ascontiguousarray(mono(samples), dtype=np.float32))
    if rate != RATE:
        wave = load_torchaudio().functional.resample(wave, rate, RATE)
    return functional.pad(wave, (0, max(FFT - len(wave), 0))).numpy()


def log_mel(samples: Samples, rate: int, *, seconds: float = WINDOW_SECONDS) -> LogMel:
    """Samples (T,) or (T, C) at `rate` Hz to the log-mel picture of the sound in their loudest `seconds`.

    Silence around the sound is cut off, the rest stretched to a fixed width, and half of each band's mean taken away:
    how long, how loud and through which microphone it was said does not say what was said, but the mean is also of the
    word itself. On speakers not heard before half is better than all of it or nothing.
    """
    window = windowed(samples, rate, seconds=seconds)
    level = max(float(np.abs(window).max()), 1e-4)
    picture = torch.log(_mel(rate)(_brighter(torch.from_numpy(window / level))) + FLOOR)
    wide = functional.interpolate(_sounding(picture)[None], size=round(FRAMES * seconds), mode="linear")[0]
    deep = torch.clamp(wide, min=float(wide.max()) - DEPTH)
    centred: LogMel = (deep - CENTRED * deep.mean(dim=1, keepdim=True))[None].numpy()
    return centred


def whole_log_mel(samples: Samples, rate: int) -> LogMel:
    """The log-mel picture of all of a sound, (1, MELS, T) with a frame every 10 ms: nothing cut, nothing stretched."""
    wave = resampled(samples, rate)
    picture = torch.log(_mel(rate)(torch.from_numpy(wave / max(float(np.abs(wave).max()), 1e-4))) + FLOOR)
    out: LogMel = torch.clamp(picture, min=float(picture.max()) - DEPTH)[None].numpy()
    return out


def sound_features(pictures: Sequence[LogMel]) -> Features:
    """Log-mel pictures to (N, frames / 2 * CEPSTRA), frame by frame: cosine transform along the mel axis, smoothed."""
    stacked = np.concatenate(list(pictures))
    cepstra = dct(stacked, axis=1, norm="ortho")[:, :CEPSTRA]
    cepstra[:, 0] *= LEVEL
    cepstra *= (np.arange(1, CEPSTRA + 1) ** LIFT)[:, None]
    smooth = gaussian_filter1d(cepstra, SMOOTH, axis=2, mode="nearest")[:, :, ::2]
    return np.ascontiguousarray(smooth.transpose(0, 2, 1).reshape(len(stacked), -1), np.float32)


def _sounding(picture: torch.Tensor) -> torch.Tensor:
    """(MELS, T) without the silence before and after; T stays at least one."""
    level = picture.mean(dim=0)
    places = torch.nonzero(level > level.max() - SOUNDING)[:, 0]
    return picture[:, max(int(places[0]) - MARGIN, 0) : int(places[-1]) + MARGIN + 1]


def _brighter(wave: torch.Tensor) -> torch.Tensor:
    """(T,) with high frequencies raised."""
    return torch.cat([wave[:1], wave[1:] - BRIGHTER * wave[:-1]])


@functools.cache
def _mel(rate: int) -> Any:
    """The mel filter bank of torchaudio, 40 bands as high as the sound goes that was recorded at `rate` Hz.

    A telephone's recordings have nothing above 4 kHz: a quarter of the bands would be empty, which costs two points.
    Beside wider recordings they look different, so that a project should have one rate or resample what it uploads.
    """
    highest = min(HIGHEST, max(NARROWEST, HIGHEST_SHARE * rate / 2))
    return load_torchaudio().transforms.MelSpectrogram(
        RATE, n_fft=FFT, hop_length=HOP, n_mels=MELS, f_min=LOWEST, f_max=highest, center=True, power=2.0
    )
