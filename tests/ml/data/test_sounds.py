"""Every sound format is decoded for real, and every broken one refused with its reason."""

import io
import struct

import av
import numpy as np
import pytest
import soundfile

from ml.data import (
    Unreadable,
    clipped_share,
    decode_audio,
    extension_matches,
    is_clipped,
    is_silent,
    mono,
    peaks,
    sniff,
)

RATE = 16_000


def tone(seconds: float = 1.0, rate: int = RATE, channels: int = 1) -> np.ndarray:
    """A 440 Hz tone at half scale, (T, C)."""
    wave = 0.5 * np.sin(2 * np.pi * 440 * np.arange(int(seconds * rate)) / rate)
    return np.repeat(wave[:, None], channels, axis=1).astype(np.float32)


def by_soundfile(name: str, samples: np.ndarray, rate: int = RATE, subtype: str | None = None) -> bytes:
    """The sound's file as libsndfile writes it."""
    out = io.BytesIO()
    soundfile.write(out, samples, rate, format=name, subtype=subtype)
    return out.getvalue()


def by_av(container_name: str, codec: str, samples: np.ndarray, rate: int = 48_000) -> bytes:
    """The sound's file as FFmpeg writes it; one channel."""
    out = io.BytesIO()
    with av.open(out, "w", format=container_name) as container:
        stream = container.add_stream(codec, rate=rate, layout="mono")
        assert isinstance(stream, av.AudioStream)
        for start in range(0, len(samples), 960):
            frame = av.AudioFrame.from_ndarray(samples[start : start + 960, 0][None], format="flt", layout="mono")
            frame.sample_rate = rate
            frame.pts = start
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return out.getvalue()


def files() -> dict[str, bytes]:
    """One second of tone in each format that is taken."""
    return {
        "wav": by_soundfile("WAV", tone()),
        "flac": by_soundfile("FLAC", tone()),
        "ogg": by_soundfile("OGG", tone()),
        "mp3": by_soundfile("MP3", tone()),
        "m4a": by_av("ipod", "aac", tone(rate=48_000)),
        "webm": by_av("webm", "libopus", tone(rate=48_000)),
    }


FILES = files()


@pytest.mark.parametrize("name", FILES)
def test_each_format_is_decoded_and_recognised(name: str) -> None:
    samples, rate = decode_audio(FILES[name])
    assert sniff(FILES[name]) == name
    assert samples.dtype == np.float32
    assert samples.ndim == 2
    assert len(samples) / rate == pytest.approx(1.0, abs=0.12)
    middle = mono(samples)[rate // 4 : rate // 2]
    assert np.sqrt((middle**2).mean()) == pytest.approx(0.5 / np.sqrt(2), abs=0.05)


@pytest.mark.parametrize("name", [*FILES])
def test_a_file_cut_in_half_is_refused(name: str) -> None:
    with pytest.raises(Unreadable, match=r"cut off|damaged"):
        decode_audio(FILES[name][: len(FILES[name]) // 2])


@pytest.mark.parametrize("name", ["wav", "ogg", "m4a", "webm"])
def test_one_lost_byte_is_noticed(name: str) -> None:
    with pytest.raises(Unreadable, match=r"cut off|damaged"):
        decode_audio(FILES[name][:-1])


def test_opus_in_ogg_and_every_wav_subtype() -> None:
    assert decode_audio(by_soundfile("OGG", tone(rate=48_000), 48_000, "OPUS"))[1] == 48_000
    for subtype in ("PCM_U8", "PCM_16", "PCM_24", "PCM_32", "FLOAT", "DOUBLE"):
        samples, _ = decode_audio(by_soundfile("WAV", tone(channels=2), subtype=subtype))
        assert samples.shape == (RATE, 2)
        assert np.abs(samples - tone(channels=2)).max() < 0.01


def test_mp3_without_a_frame_is_refused() -> None:
    with pytest.raises(Unreadable, match=r"damaged|no sound"):
        decode_audio(b"ID3\x04\x00\x00\x00\x00\x00\x0a" + b"\x00" * 200)


def test_empty_foreign_and_headers_alone_are_refused() -> None:
    with pytest.raises(Unreadable, match="empty"):
        decode_audio(b"")
    with pytest.raises(Unreadable, match="not a WAV"):
        decode_audio(b"just some text that is no sound at all")
    with pytest.raises(Unreadable, match="no sound"):
        decode_audio(by_soundfile("WAV", np.zeros((0, 1), np.float32)))


@pytest.mark.parametrize("name", FILES)
def test_too_long_is_refused(name: str) -> None:
    with pytest.raises(Unreadable, match=r"longer than 0.5 seconds"):
        decode_audio(FILES[name], max_seconds=0.5)


def test_a_header_that_lies_about_length_is_cut_off() -> None:
    data = bytearray(FILES["wav"])
    at = data.index(b"data")
    struct.pack_into("<I", data, at + 4, 4_000_000)
    with pytest.raises(Unreadable, match="cut off"):
        decode_audio(bytes(data))


def test_values_that_are_not_numbers_are_refused() -> None:
    broken = tone()
    broken[5] = np.nan
    with pytest.raises(Unreadable, match="not numbers"):
        decode_audio(by_soundfile("WAV", broken, subtype="FLOAT"))


def test_peaks_cover_the_whole_sound() -> None:
    samples = np.array([0.1, -0.9, 0.2, 0.3], np.float32)
    assert peaks(samples, 2).tolist() == pytest.approx([0.9, 0.3])
    assert peaks(samples, 8).tolist() == pytest.approx([0.1, 0.1, 0.9, 0.9, 0.2, 0.2, 0.3, 0.3])
    assert peaks(tone(channels=2)).shape == (800,)
    assert peaks(tone() * 4).max() == 1.0


def test_silence_and_clipping() -> None:
    assert is_silent(np.zeros((100, 1), np.float32))
    assert not is_silent(tone())
    loud = np.clip(tone() * 4, -1, 1)
    assert is_clipped(loud)
    assert not is_clipped(tone())
    assert clipped_share(np.array([1, 1, 1, 0, 1, 0, -1, -1], np.float32)) == pytest.approx(3 / 8)
    assert clipped_share(np.array([1.0], np.float32)) == 0.0


def test_extensions_are_compared_with_content() -> None:
    assert extension_matches("A/b.JPG", "jpeg")
    assert not extension_matches("a.png", "jpeg")
    assert not extension_matches("noname", "wav")
