"""A frozen training set in a plain folder: `snapshot.json`, `items.jsonl`, and perhaps `features.npy`.

snapshot.json   {"name", "kind": "image" | "audio", "classes": [...], "feature_version", "hash"}
items.jsonl     one line an item: id, path, sha256, posterior, split, group, fold, weight
features.npy    (N, D) float32 in the order of items.jsonl; a row of NaN where an item has none
"""

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

Features = npt.NDArray[np.float32]  # (N, D)

SPLITS = ("train", "heldout", "open")
BUCKETS = 60  # divided evenly by 2, 3, 4, 5, 6, 10 and 20 folds


@dataclass(frozen=True)
class Row:
    """One item. `posterior` sums to one over the classes, or is empty where nobody answered; weight is of training."""

    id: str
    path: str  # absolute, or under the snapshot's folder
    sha256: str
    posterior: tuple[float, ...]
    split: str
    group: str = ""  # duplicates and speakers stay together; the item's own hash where empty
    weight: float = 1.0

    @property
    def bucket(self) -> int:
        """0..59, from the group alone, so that an item keeps its fold whatever else is added."""
        return bucket_of(self.group or self.sha256)


@dataclass(frozen=True)
class Snapshot:
    """A frozen training set."""

    folder: Path
    name: str
    kind: str  # "image" or "audio"
    classes: tuple[str, ...]
    rows: tuple[Row, ...]
    hash: str
    feature_version: str = ""
    features: Features | None = None

    def indices(self, split: str) -> npt.NDArray[np.intp]:
        """Positions of the rows of a split."""
        return np.flatnonzero([row.split == split for row in self.rows])

    def targets(self) -> npt.NDArray[np.float64]:
        """(N, K) posteriors; rows of zeros where nobody answered."""
        empty = (0.0,) * len(self.classes)
        return np.array([row.posterior or empty for row in self.rows], np.float64).reshape(-1, len(self.classes))

    def path_of(self, row: Row) -> Path:
        """Where the item's file lies."""
        return self.folder / row.path


def bucket_of(group: str) -> int:
    """0..59, uniform over groups."""
    return int.from_bytes(hashlib.sha256(f"fold:{group}".encode()).digest()[:8], "big") % BUCKETS


def content_hash(kind: str, classes: Sequence[str], rows: Iterable[Row], feature_version: str = "") -> str:
    """SHA-256 (hex) of everything that decides what is learnt; paths are left out, for content has its own hash."""
    digest = hashlib.sha256(json.dumps([kind, list(classes), feature_version]).encode())
    for row in sorted(rows, key=lambda row: row.id):
        digest.update(json.dumps([row.id, row.sha256, row.posterior, row.split, row.group, row.weight]).encode())
    return digest.hexdigest()


def write_snapshot(
    folder: Path,
    *,
    name: str,
    kind: str,
    classes: Sequence[str],
    rows: Sequence[Row],
    feature_version: str = "",
    features: Features | None = None,
) -> Snapshot:
    """Check and write a snapshot; ValueError names the first row that does not fit."""
    for row in rows:
        _check(row, len(classes))
    if features is not None and len(features) != len(rows):
        raise ValueError(f"{len(features)} rows of features for {len(rows)} items")
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "items.jsonl").open("w", encoding="utf-8") as out:
        out.writelines(json.dumps(vars(row)) + "\n" for row in rows)
    if features is not None:
        np.save(folder / "features.npy", features.astype(np.float32, copy=False))
    digest = content_hash(kind, classes, rows, feature_version)
    head = {"name": name, "kind": kind, "classes": list(classes), "feature_version": feature_version, "hash": digest}
    (folder / "snapshot.json").write_text(json.dumps(head, indent=2) + "\n", encoding="utf-8")
    return Snapshot(folder, name, kind, tuple(classes), tuple(rows), digest, feature_version, features)


def read_snapshot(folder: Path) -> Snapshot:
    """The snapshot in a folder; ValueError where its content is not what its hash says."""
    head = json.loads((folder / "snapshot.json").read_text(encoding="utf-8"))
    with (folder / "items.jsonl").open(encoding="utf-8") as lines:
        fields = [json.loads(line) for line in lines]
    rows = tuple(Row(**{**row, "posterior": tuple(row["posterior"])}) for row in fields)
    classes, version = tuple(head["classes"]), head["feature_version"]
    if content_hash(head["kind"], classes, rows, version) != head["hash"]:
        raise ValueError(f"The snapshot in {folder} is not what its hash says.")
    stored = folder / "features.npy"
    features = np.load(stored) if stored.exists() else None
    return Snapshot(folder, head["name"], head["kind"], classes, rows, head["hash"], version, features)


def _check(row: Row, classes: int) -> None:
    if row.split not in SPLITS:
        raise ValueError(f"{row.id}: the split {row.split!r} is not one of {', '.join(SPLITS)}")
    if row.posterior and len(row.posterior) != classes:
        raise ValueError(f"{row.id}: {len(row.posterior)} probabilities for {classes} classes")
    if row.posterior and abs(sum(row.posterior) - 1) > 1e-3:
        raise ValueError(f"{row.id}: probabilities sum to {sum(row.posterior):g}")
    if not row.posterior and row.split != "open":
        raise ValueError(f"{row.id}: no label, so it can only be open")
