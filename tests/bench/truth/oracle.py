"""crowd-kit's Dawid-Skene in a throwaway virtual environment: an oracle and a yardstick, never a dependency."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ml.truth.answers import Answers, Floats
from tests.bench.truth.progress import say
from tests.bench.truth.speed import Timing, child

# crowd-kit's own requirements would pull a deep-learning stack that Dawid-Skene never touches.
NEEDS = ("numpy", "pandas", "scikit-learn<1.9", "attrs", "tqdm", "nltk", "regex", "click")
VERSION = "crowd-kit==1.4.2"
SCRIPT = Path(__file__).with_name("crowdkit_script.py")


@dataclass(frozen=True)
class Oracle:
    """A Python that has crowd-kit, and a folder to pass arrays through."""

    python: Path
    folder: Path

    def posteriors(self, answers: Answers) -> Floats:
        """Its class probabilities (N, K); uniform for items without answers."""
        given, taken = self.folder / "given.npz", self.folder / "taken.npy"
        np.savez(given, item=answers.item, person=answers.person, symbol=answers.symbol)
        child([str(self.python), str(SCRIPT), str(given), str(taken)])
        found: Floats = np.load(taken)
        score = np.full((answers.n_items, answers.n_classes), 1 / answers.n_classes)
        score[: found.shape[0], : found.shape[1]] = found
        return score

    def timing(self, given: Path) -> Timing:
        """Seconds and memory of one fit."""
        return child([str(self.python), str(SCRIPT), str(given), str(self.folder / "taken.npy")])


def make_oracle(folder: Path) -> Oracle | None:
    """The environment, or None, said aloud, where its packages cannot be had."""
    say("making crowd-kit's environment")
    home = folder / "crowdkit"
    python = home / "bin" / "python"
    pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    try:
        for command in ([sys.executable, "-m", "venv", str(home)], [*pip, *NEEDS], [*pip, "--no-deps", VERSION]):
            subprocess.run(command, check=True, capture_output=True, text=True)
    except subprocess.CalledProcessError as error:
        say(f"crowd-kit cannot be installed, its figures are left out: {error.stderr.strip().splitlines()[-1:]}")
        return None
    return Oracle(python, folder)
