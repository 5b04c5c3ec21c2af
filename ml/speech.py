"""Sounds to vectors by a pretrained speech embedding (Lin et al. 2020, arXiv:2002.01322), an optional extra.

Windows of 0.78 s slide over the whole sound, from before its beginning to after its end, and the mean is taken over
those that hold sound. So a sound of any length is one vector, nothing of it is cut off, and silence around it changes
nothing. Speakers not heard before are told far better than from cepstra. The licence is told in `ml.speech_files`.
"""

from collections.abc import Sequence

import numpy as np

from ml.backbone import Features
from ml.data import Samples
from ml.features import FFT, HOP, resampled
from ml.speech_files import DIMENSIONS, WINDOW, Ear, Frames, load_ear

STEP = 16  # frames between windows; 8 is no better and takes twice as long
PEAK = 0.5  # of full scale, to which each sound is brought; a fifth of it and none of it make no difference
FULL_SCALE = 32_767.0  # the network was made for 16-bit samples
SOUNDING = 2.0  # 20 dB under the loudest frame a frame is silence; the network counts in tens of dB
PIECE = 3_000  # frames of spectrum computed at once: 30 s
BATCH = 64  # windows embedded at once


def speech_features(sounds: Sequence[tuple[Samples, int]], ear: Ear | None = None) -> Features:
    """Samples (T,) or (T, C) with their rates in Hz to (N, 96); NotInstalled where the extra is not there."""
    heard = ear or load_ear()
    vectors = [embedded(spectrum(samples, rate, heard), heard) for samples, rate in sounds]
    return np.stack(vectors) if vectors else np.empty((0, DIMENSIONS), np.float32)


def spectrum(samples: Samples, rate: int, ear: Ear) -> Frames:
    """All of a sound with a window's silence on both sides, (T', 32), a frame every 10 ms."""
    wave = resampled(samples, rate)
    loud = np.float32(PEAK * FULL_SCALE / max(float(np.abs(wave).max()), 1e-4))
    wave = np.pad(loud * wave, (WINDOW - 1) * HOP)
    count = (len(wave) - FFT) // HOP + 1
    starts = range(0, count, PIECE)
    pieces = [ear.mel(wave[at * HOP : (min(at + PIECE, count) - 1) * HOP + FFT]) for at in starts]
    return np.concatenate(pieces) / np.float32(10) + np.float32(2)  # as the embedding was trained to hear it


def embedded(frames: Frames, ear: Ear) -> Features:
    """(T', 32) of a padded sound to (96,): the mean over the windows in which a frame sounds."""
    level = frames.mean(axis=1)
    sounds = level > level.max() - SOUNDING
    starts = [at for at in range(0, len(frames) - WINDOW + 1, STEP) if sounds[at : at + WINDOW].any()]
    total = np.zeros(DIMENSIONS, np.float64)
    for first in range(0, len(starts), BATCH):
        windows = np.stack([frames[at : at + WINDOW] for at in starts[first : first + BATCH]])
        total += ear.embed(windows).sum(axis=0, dtype=np.float64)
    return np.asarray(total / len(starts), np.float32)
