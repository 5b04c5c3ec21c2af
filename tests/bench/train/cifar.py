"""CIFAR-10 with clean labels: 1,000, 5,000 and 20,000 training pictures, a head on frozen features."""

import csv
import hashlib
import os
import sys
import time
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np
import numpy.typing as npt
from threadpoolctl import threadpool_limits

from ml.backbone import CPU_BATCH, picture_features
from ml.data import Pixels, decode_image
from ml.evaluate import evaluate
from ml.recipe import Recipe
from ml.snapshot import Row, Snapshot, write_snapshot
from ml.train import DEFAULT_RECIPES, train
from ml.versions import BACKBONE
from tests.bench.train.kept import kept_table

HEADS = {"head": DEFAULT_RECIPES["image"], "linear": Recipe()}
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

    def files(self) -> list[bytes]:
        """As they lie."""
        with zipfile.ZipFile(self.archive) as packed:
            return [packed.read(name) for name in self.names]

    def read(self) -> list[Pixels]:
        """Decoded."""
        return [decode_image(data) for data in self.files()]


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
    """(N, 704), each chunk kept under its content and the version of the features."""
    parts = []
    for start in range(0, len(pictures.names), CHUNK):
        part = replace(pictures, names=pictures.names[start : start + CHUNK])
        key = hashlib.sha256(BACKBONE.encode())
        for data in part.files():
            key.update(hashlib.sha256(data).digest())
        parts.append(kept_table(key.digest(), partial(_features, part)))
        print(f"features: {start + len(parts[-1])} of {len(pictures.names)}", file=sys.stderr, flush=True)
    return np.concatenate(parts)


def _features(pictures: Pictures) -> npt.NDArray[np.float32]:
    return picture_features(pictures.read())


def features_per_second(pictures: Pictures) -> float:
    """Decoding included, nothing of it from what is kept; one batch before, which loads the network."""
    picture_features(pictures.first(CPU_BATCH).read())
    began = time.perf_counter()
    made = picture_features(pictures.first(CHUNK).read())
    return len(made) / (time.perf_counter() - began)


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
    figures: dict[str, float | str] = {"features_per_s": round(features_per_second(learnt), 1)}
    seen = features_of(learnt)
    unseen = features_of(judged)
    for size in SIZES:
        table = np.concatenate([seen[:size], unseen])
        snapshot = snapshot_of(folder / str(size), learnt.labels[:size], judged.labels, table)
        for name, recipe in HEADS.items():
            with threadpool_limits(1 if name == "linear" else None):
                place = folder / f"{name}-{size}"
                figures |= _figures(snapshot, recipe, judged.labels, place, f"{size // 1000}k", name)
        print(figures, file=sys.stderr, flush=True)
    return figures


def _figures(
    snapshot: Snapshot, recipe: Recipe, truth: npt.NDArray[np.intp], place: Path, size: str, name: str
) -> dict[str, float | str]:
    """Of one head and size; seconds by the clock and of CPU."""
    wall, cpu = time.perf_counter(), time.process_time()
    trained = train(snapshot, recipe, place)
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    found = evaluate(trained.probabilities[-len(truth) :].astype(np.float64), truth)
    return {
        f"cifar_{name}_acc_{size}": round(found.accuracy, 4), f"cifar_{name}_low_{size}": round(found.low, 4),
        f"cifar_{name}_high_{size}": round(found.high, 4), f"{name}_fit_s_{size}": round(wall, 2),
        f"{name}_fit_cpu_s_{size}": round(cpu, 2),
    }  # fmt: skip


def _rows(labels: Sequence[int] | npt.NDArray[np.intp], split: str) -> list[Row]:
    sure = np.eye(len(CLASSES)).tolist()
    return [Row(f"{split}{at}", f"{at}.jpg", f"{split}{at}", tuple(sure[own]), split) for at, own in enumerate(labels)]
