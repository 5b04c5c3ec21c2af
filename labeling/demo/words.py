"""Spoken words, synthesised by eSpeak NG in many voices; run as a program, since that library is process-global.

    python -m labeling.demo.words FOLDER COUNT SEED     writes one WAV a word and truth.json
"""  # fmt: skip

import ctypes
import json
import random
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count as counting
from pathlib import Path

import espeakng_loader
import numpy as np
import soundfile
from numpy.typing import NDArray

from labeling.demo.samples import Sample

WORDS = ("yes", "no", "up", "down", "left", "right", "on", "off", "stop", "go")
ACCENTS = ("en-us", "en-gb", "en-gb-scotland", "en-gb-x-rp", "en-gb-x-gbclan", "en-gb-x-gbcwmd", "en-029", "en-us-nyc")
VARIANTS = (
    "", "m1", "m2", "m3", "m4", "m5", "m6", "m7", "m8", "f1", "f2", "f3", "f4", "f5", "croak", "whisper", "klatt",
    "klatt2", "klatt3", "linda", "steph", "grandma", "grandpa", "Andy", "Annie", "belinda", "boris", "david", "john",
    "max", "paul", "rob", "shelby", "travis", "victor", "zac",
)  # fmt: skip
WORDS_PER_MINUTE = (120, 220)
PITCH = (25, 75)  # of eSpeak's 0 to 100
SILENCE_SECONDS = (0.02, 0.25)  # before and after the word
NOISE_DB = (-55.0, -30.0)  # full scale: a quiet room to a humming one

# From speak_lib.h.
AUDIO_OUTPUT_RETRIEVAL, RATE, VOLUME_PITCH, CHARS_UTF8 = 1, 1, 3, 1
MILLISECONDS_A_CALL = 500
Callback = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.c_void_p)


@dataclass(frozen=True)
class Voice:
    """How one clip is spoken."""

    name: str
    rate: int
    pitch: int


class Synthesiser:
    """The one eSpeak of this process."""

    def __init__(self) -> None:
        self.library = ctypes.CDLL(espeakng_loader.get_library_path())
        data = espeakng_loader.get_data_path().encode()
        self.sample_rate: int = self.library.espeak_Initialize(AUDIO_OUTPUT_RETRIEVAL, MILLISECONDS_A_CALL, data, 0)
        if self.sample_rate <= 0:
            raise RuntimeError("eSpeak NG could not be started.")
        self.parts: list[NDArray[np.int16]] = []
        self.callback = Callback(self._take)  # kept: the library calls it for as long as it lives
        self.library.espeak_SetSynthCallback(self.callback)

    def _take(self, samples: "ctypes._Pointer[ctypes.c_short]", count: int, events: int | None) -> int:
        if samples and count > 0:
            self.parts.append(np.ctypeslib.as_array(samples, (count,)).copy())
        return 0

    def say(self, word: str, voice: Voice) -> NDArray[np.int16] | None:
        """The word as (T,) samples; None where this library has no such voice or it makes no sound."""
        if self.library.espeak_SetVoiceByName(voice.name.encode()) != 0:
            return None
        self.library.espeak_SetParameter(RATE, voice.rate, 0)
        self.library.espeak_SetParameter(VOLUME_PITCH, voice.pitch, 0)
        self.parts.clear()
        text = word.encode() + b"\0"
        self.library.espeak_Synth(text, len(text), 0, 0, 0, CHARS_UTF8, None, None)
        self.library.espeak_Synchronize()
        spoken = np.concatenate(self.parts) if self.parts else np.zeros(0, np.int16)
        return spoken if np.any(spoken) else None


def some_voice(chance: random.Random) -> Voice:
    """A voice drawn at random."""
    variant = chance.choice(VARIANTS)
    name = chance.choice(ACCENTS) + (f"+{variant}" if variant else "")
    return Voice(name, chance.randint(*WORDS_PER_MINUTE), chance.randint(*PITCH))


def in_a_room(spoken: NDArray[np.int16], rate: int, chance: random.Random) -> NDArray[np.int16]:
    """The word with silence around it and a little noise under it."""
    before, after = (int(chance.uniform(*SILENCE_SECONDS) * rate) for _ in range(2))
    padded = np.pad(spoken.astype(np.float64), (before, after))
    level = 32768 * 10 ** (chance.uniform(*NOISE_DB) / 20)
    noise = np.random.default_rng(chance.getrandbits(32)).normal(0, level, padded.size)
    return np.clip(np.round(padded + noise), -32768, 32767).astype(np.int16)


def clips(*, count: int, seed: int) -> Iterator[tuple[str, NDArray[np.int16], int]]:
    """`count` words with their samples and sample rate, the classes in turn."""
    synthesiser, chance = Synthesiser(), random.Random(seed)
    made = 0
    for turn in counting():
        if made == count:
            return
        word = WORDS[turn % len(WORDS)]
        spoken = synthesiser.say(word, some_voice(chance))
        if spoken is not None:
            made += 1
            yield word, in_a_room(spoken, synthesiser.sample_rate, chance), synthesiser.sample_rate


def write(folder: Path, *, count: int, seed: int) -> None:
    """WAV files by number, and their truth in a file beside them, written last."""
    folder.mkdir(parents=True, exist_ok=True)
    truth: dict[str, str] = {}
    for number, (word, samples, rate) in enumerate(clips(count=count, seed=seed)):
        name = f"{number:05d}.wav"
        soundfile.write(folder / name, samples, rate, subtype="PCM_16")
        truth[name] = word
    (folder / "truth.json").write_text(json.dumps(truth))


def read(folder: Path) -> list[Sample]:
    """What `write` left behind."""
    truth: dict[str, str] = json.loads((folder / "truth.json").read_text())
    return [Sample((folder / name).read_bytes(), ".wav", word) for name, word in truth.items()]


if __name__ == "__main__":
    write(Path(sys.argv[1]), count=int(sys.argv[2]), seed=int(sys.argv[3]))
