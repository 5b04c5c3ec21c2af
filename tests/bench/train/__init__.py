"""How well and how fast a model is made: CIFAR-10 on a frozen backbone, FSDD on a speaker never heard.

Keys: cifar_head_acc_<size> with its 95 % interval, on the CIFAR-10 test pictures (clean labels; TEST of them, evenly
drawn, all 10,000 unless set), of the default recipe, and cifar_linear_acc_<size> of a linear head; features_per_s, of a
thousand pictures computed anew each time, decoding included, one process; head_fit_s_20k, the whole choice of strength
by cross-validation, the folds and the last fit, by the clock, and head_fit_cpu_s_20k in CPU seconds. Features are kept
between runs (CACHE=).
fsdd_unseen_speaker_acc, the mean over the four speakers, and fsdd_<speaker>_acc: trained on the other three, the recipe
chosen among CANDIDATES by leaving out one speaker inside these three. Apart from it (APART= names them):
fsdd_unseen_speaker_open, where half of the fourth speaker's clips are there without labels and the other half judges,
and fsdd_unseen_speaker_speech, by the speech embedding, where that extra is installed.
PARTS=cifar, fsdd or ablation (a comma between) takes some alone; without it the first two. SPEAKERS= some of them.
THREADS numerical threads of the first, two unless set; the others and the linear head have one, for their products are
too small to be shared.
"""

import os
import tempfile
from pathlib import Path

import torch
from threadpoolctl import threadpool_limits

from tests.bench.train.ablation import run as ablation
from tests.bench.train.cifar import run as cifar
from tests.bench.train.fsdd import run as fsdd

PARTS = {"cifar": cifar, "fsdd": fsdd, "ablation": ablation}


def run(data: Path | None) -> dict[str, float | str]:
    """All figures; needs the folder with `cifar10n` and `fsdd`."""
    if data is None:
        raise SystemExit("train needs DATA, the folder with cifar10n and fsdd in it")
    figures: dict[str, float | str] = {"device": "cuda" if torch.cuda.is_available() else "cpu"}
    for part in os.environ.get("PARTS", "cifar,fsdd").split(","):
        threads = int(os.environ.get("THREADS", "2")) if part == "cifar" else 1
        torch.set_num_threads(threads)
        with tempfile.TemporaryDirectory(prefix="train-bench-") as folder, threadpool_limits(threads):
            figures |= PARTS[part](data, Path(folder))
    return figures
