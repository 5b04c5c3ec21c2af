"""CIFAR-10 with clean labels: 1,000, 5,000 and 20,000 training pictures, a head on frozen features."""

import csv
import os
import sys
import time
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from ml.backbone import picture_features
from ml.data import Pixels, decode_image
from ml.evaluate import evaluate
from ml.recipe import Recipe
from ml.snapshot import Row, Snapshot, write_snapshot
from ml.train import train

SIZES = (1_000, 5_000, 20_000)
TEST = 10_000
CHUNK = 1_000  # pictures held in memory at once
CLASSES = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")


@dataclass(frozen=True)
class Pictures:
    """Encoded pictures in a zip and their classes."""

    archive: Path
    names: tuple[str, ...]
    labels: npt.NDArray[np.intp]

    def first(self, count: int) -> "Pictures":
        """The first `count`."""
        return Pictures(self.archive, self.names[:count], self.labels[:count])

    def read(self, start: int, stop: int) -> list[Pixels]:
        """Decoded."""
        with zipfile.ZipFile(self.archive) as packed:
            return [decode_image(packed.read(name)) for name in self.names[start:stop]]


def training_pictures(data: Path) -> Pictures:
    """In the original order."""
    with (data / "cifar10n" / "train.csv").open(newline="") as lines:
        rows = list(csv.DictReader(lines))
    labels = np.array([CLASSES.index(row["label"]) for row in rows], np.intp)
    return Pictures(data / "cifar10n" / "train.zip", tuple(row["file"] for row in rows), labels)


def test_pictures(data: Path, count: int) -> Pictures:
    """`count` of the 10,000, evenly over the classes."""
    archive = data / "cifar10n" / "test.zip"
    with zipfile.ZipFile(archive) as packed:
        names = sorted(name for name in packed.namelist() if not name.endswith("/"))
    chosen = [names[at * len(names) // count] for at in range(count)]
    labels = np.array([CLASSES.index(Path(name).parent.name) for name in chosen], np.intp)
    return Pictures(archive, tuple(chosen), labels)


def features_of(pictures: Pictures) -> npt.NDArray[np.float32]:
    """(N, 704), decoding included."""
    parts = []
    for start in range(0, len(pictures.names), CHUNK):
        parts.append(picture_features(pictures.read(start, start + CHUNK)))
        print(f"features: {start + len(parts[-1])} of {len(pictures.names)}", file=sys.stderr, flush=True)
    return np.concatenate(parts)


def snapshot_of(
    folder: Path, labels: npt.NDArray[np.intp], judged: npt.NDArray[np.intp], features: npt.NDArray[np.float32]
) -> Snapshot:
    """Rows to learn from first, then held-out ones."""
    rows = [*_rows(labels, "train"), *_rows(judged, "heldout")]
    return write_snapshot(folder, name="cifar", kind="image", classes=CLASSES, rows=rows, features=features)


def run(data: Path, folder: Path) -> dict[str, float | str]:
    """Figures of each size, by the product's own training from a snapshot."""
    learnt = training_pictures(data).first(max(SIZES))
    judged = test_pictures(data, int(os.environ.get("TEST", TEST)))
    began = time.perf_counter()
    seen = features_of(learnt)
    figures: dict[str, float | str] = {"features_per_s": round(len(seen) / (time.perf_counter() - began), 1)}
    unseen = features_of(judged)
    for size in SIZES:
        table = np.concatenate([seen[:size], unseen])
        snapshot = snapshot_of(folder / str(size), learnt.labels[:size], judged.labels, table)
        wall, cpu = time.perf_counter(), time.process_time()
        trained = train(snapshot, Recipe(), folder / f"model-{size}")
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
        found = evaluate(trained.probabilities[size:].astype(np.float64), judged.labels)
        short = f"{size // 1000}k"
        figures[f"cifar_head_acc_{short}"] = round(found.accuracy, 4)
        figures[f"cifar_head_low_{short}"] = round(found.low, 4)
        figures[f"cifar_head_high_{short}"] = round(found.high, 4)
        figures[f"head_fit_s_{short}"], figures[f"head_fit_cpu_s_{short}"] = round(wall, 2), round(cpu, 2)
        print(figures, file=sys.stderr, flush=True)
    return figures


def _rows(labels: Sequence[int] | npt.NDArray[np.intp], split: str) -> list[Row]:
    sure = np.eye(len(CLASSES)).tolist()
    return [Row(f"{split}{at}", f"{at}.jpg", f"{split}{at}", tuple(sure[own]), split) for at, own in enumerate(labels)]
