"""Sounds: bytes to samples (T, C) float32 in [-1, 1] with their rate in Hz, and what can be seen of them."""

import io

import av
import numpy as np
import numpy.typing as npt
import soundfile
from av.container import InputContainer

from ml.data.containers import is_whole
from ml.data.sniff import SOUND_FORMATS, sniff
from ml.data.unreadable import Unreadable

Samples = npt.NDArray[np.float32]

MAX_SECONDS = 600.0
SILENCE_DB = -60.0  # peak below this is silence to anyone's ear
FULL_SCALE = 0.999  # samples at or above this touch the converter's limit
CLIPPED_RUN = 3  # as many equal full-scale samples in a row do not come from music or speech
_TRUNCATED = "The sound is cut off: part of the file is missing."
_DAMAGED = "The sound is damaged and cannot be read."
_BY_SOUNDFILE = frozenset({"wav", "flac", "ogg", "mp3"})


def decode_audio(data: bytes, *, max_seconds: float = MAX_SECONDS) -> tuple[Samples, int]:
    """Samples (T, C) float32 in [-1, 1] and rate in Hz; raises Unreadable."""
    if not data:
        raise Unreadable("The file is empty.")
    name = sniff(data)
    if name is None or name not in SOUND_FORMATS:
        raise Unreadable("This is not a WAV, FLAC, OGG, MP3, m4a or WebM sound.")
    if not is_whole(name, data):
        raise Unreadable(_TRUNCATED)
    samples, rate = (_by_soundfile if name in _BY_SOUNDFILE else _by_av)(data, max_seconds)
    if samples.size == 0:
        raise Unreadable("The file holds no sound.")
    if not np.isfinite(samples).all():
        raise Unreadable("The sound holds values that are not numbers.")
    return samples, rate


def mono(samples: Samples) -> Samples:
    """(T, C) to (T,), the mean of the channels."""
    return samples if samples.ndim == 1 else samples.mean(axis=1, dtype=np.float32)


def peaks(samples: Samples, buckets: int = 800) -> Samples:
    """Largest absolute value in each of `buckets` equal stretches, (buckets,) in [0, 1], any channel."""
    loudness = np.abs(samples) if samples.ndim == 1 else np.abs(samples).max(axis=1)
    starts = np.arange(buckets) * len(loudness) // buckets
    return np.minimum(np.maximum.reduceat(loudness, starts), 1.0).astype(np.float32)


def is_silent(samples: Samples, floor_db: float = SILENCE_DB) -> bool:
    """Whether no sample rises above `floor_db` dB of full scale."""
    return bool(np.abs(samples).max(initial=0.0) < 10 ** (floor_db / 20))


def clipped_share(samples: Samples) -> float:
    """Share of samples lying in runs of at least CLIPPED_RUN at full scale, in [0, 1]."""
    if samples.size == 0:
        return 0.0
    channels = samples[:, None] if samples.ndim == 1 else samples
    full = np.abs(channels) >= FULL_SCALE
    run = np.ones((max(len(full) - CLIPPED_RUN + 1, 0), full.shape[1]), dtype=bool)
    for lag in range(CLIPPED_RUN):
        run &= full[lag : lag + len(run)]
    inside = np.zeros_like(full)
    for lag in range(CLIPPED_RUN):
        inside[lag : lag + len(run)] |= run
    return float(inside.mean())


def is_clipped(samples: Samples, share: float = 0.0005) -> bool:
    """Whether so many samples are cut off at full scale that one hears it."""
    return clipped_share(samples) > share


def _too_long(max_seconds: float) -> Unreadable:
    return Unreadable(f"The sound is longer than {max_seconds:g} seconds.")


def _by_soundfile(data: bytes, max_seconds: float) -> tuple[Samples, int]:
    try:
        with soundfile.SoundFile(io.BytesIO(data)) as opened:
            rate, limit = int(opened.samplerate), int(max_seconds * opened.samplerate)
            if opened.frames > limit:
                raise _too_long(max_seconds)
            samples: Samples = opened.read(dtype="float32", always_2d=True)
            if opened.format == "FLAC" and len(samples) < opened.frames:
                raise Unreadable(_TRUNCATED)
    except soundfile.LibsndfileError as error:
        raise Unreadable(_DAMAGED) from error
    return samples, rate


def _by_av(data: bytes, max_seconds: float) -> tuple[Samples, int]:
    try:
        with av.open(io.BytesIO(data), "r") as container:
            if not container.streams.audio:
                raise Unreadable("The file holds no sound.")
            if container.streams.video:
                raise Unreadable("This is a video, not a sound.")
            return _read_stream(container, max_seconds)
    except (av.FFmpegError, UnicodeDecodeError) as error:
        raise Unreadable(_DAMAGED) from error


def _read_stream(container: InputContainer, max_seconds: float) -> tuple[Samples, int]:
    """All frames of the first sound stream, stopped at the limit rather than after it."""
    planar = av.AudioResampler(format="fltp")
    parts: list[Samples] = []
    rate, seconds = 0, 0.0
    for frame in container.decode(audio=0):
        rate = frame.sample_rate
        seconds += frame.samples / rate
        if seconds > max_seconds:
            raise _too_long(max_seconds)
        parts.extend(piece.to_ndarray().astype(np.float32, copy=False) for piece in planar.resample(frame))
    if not parts:
        raise Unreadable("The file holds no sound.")
    return np.ascontiguousarray(np.concatenate(parts, axis=1).T), rate
