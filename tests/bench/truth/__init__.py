"""Consensus on real crowds, and its speed: accuracy and stated precision beside majority and crowd-kit's Dawid-Skene.

Keys: acc_<set>_<method>; gap_<set>, ours minus the better of the others, with its paired 95 % half interval;
overclaim_<set>, stated minus real precision of the labels verified at 0.95 (of all where verified_share_<set> is 0),
and overclaim_all_<set> of all labels, both also with a random tenth of the items as gold (..._gold, judged on the
others); stop_..., CIFAR-10N asked until 0.95 or three answers; asking_..., the same rule on simulated people;
seconds_<n>, peak_mb_<n>, speedup_<n> on synthetic answers. Truth judges and does nothing else, but where gold is said.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np

from tests.bench.truth.asking import asking
from tests.bench.truth.crowds import crowds
from tests.bench.truth.judge import judge, online, stopped_early
from tests.bench.truth.oracle import make_oracle
from tests.bench.truth.progress import say
from tests.bench.truth.speed import SIZES, speed

Figures = dict[str, float]


def run(data: Path | None) -> Figures:
    """All figures; sets that are not under `data`, and crowd-kit where it cannot be installed, are left out."""
    figures: Figures = {}
    with tempfile.TemporaryDirectory(prefix="truth-bench-") as name:
        folder = Path(name)
        oracle = make_oracle(folder)
        found = crowds(data)
        for label, crowd in found.items():
            say(f"{label}: {len(crowd.answers)} answers")
            figures |= judge(label, crowd, oracle)
        if "cifar10n_3" in found:
            figures |= stopped_early(found["cifar10n_3"])
        figures |= asking() | online()
        for label, size in SIZES.items():
            say(f"{size} synthetic answers")
            figures |= speed(label, size, oracle, folder)
    return {key: round(float(value), 5) for key, value in figures.items() if np.isfinite(value)}
