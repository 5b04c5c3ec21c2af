"""The part of a snapshot that is learnt from, and what a fitter makes of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.special import softmax

from ml.checkpoint import Tensors
from ml.evaluate import confusion_matrix
from ml.folds import folds_of
from ml.head import Doubles
from ml.losses import balanced
from ml.recipe import KINDS, CannotTrain, Recipe
from ml.snapshot import Snapshot

LEAST_VERIFIED = 2
FEWEST_FOLDS, ROWS_A_FOLD = 5, 20  # with fewer rows a fold, what is chosen by leaving it out is chosen by chance
PROBED = 8  # rows: what an eye can follow in one chart
PROBE_DIGITS = 4


@dataclass(frozen=True)
class Part:
    """The rows that are learnt from: M of the snapshot's N."""

    rows: npt.NDArray[np.intp]  # (M,) positions in the snapshot
    targets: Doubles  # (M, K)
    weights: Doubles  # (M,)
    folds: npt.NDArray[np.intp]  # (M,) of 0..folds-1
    open: npt.NDArray[np.intp] = field(default_factory=lambda: np.zeros(0, np.intp))  # rows that nobody settled


@dataclass(frozen=True)
class Fitted:
    """What a fitter hands back."""

    out_of_fold: Doubles  # (M, K) logits by models that never saw the row
    logits: Doubles  # (N, K) by the final model
    embeddings: npt.NDArray[np.float32]  # (N, E)
    tensors: Tensors
    about: Mapping[str, Any]  # of the model, for model.json


def training_part(snapshot: Snapshot, recipe: Recipe, unreadable: list[int]) -> Part:
    """Rows of the split "train" whose file could be read and whose weight is not zero; CannotTrain where too few."""
    readable = np.ones(len(snapshot.rows), dtype=bool)
    readable[unreadable] = False
    weights = np.array([row.weight for row in snapshot.rows], np.float64)
    marked = snapshot.indices("train")
    rows = marked[readable[marked] & (weights[marked] > 0)]
    if len(marked) and not len(rows):
        raise CannotTrain("None of the files to learn from can be read.")
    check_labels(snapshot, recipe, rows)
    targets = snapshot.targets()[rows]
    folds = folds_of([snapshot.rows[at] for at in rows], folds_for(recipe, len(rows)))
    unsettled = snapshot.indices("open")
    weighed = balanced(targets, weights[rows], recipe.balance)
    return Part(rows, targets, weighed, folds, unsettled[readable[unsettled]])


def folds_for(recipe: Recipe, rows: int) -> int:
    """How many folds so many rows are parted into: of fewer than some twenty a fold says little."""
    return min(recipe.folds, max(FEWEST_FOLDS, rows // ROWS_A_FOLD))


def planned_folds(snapshot: Snapshot, recipe: Recipe) -> int:
    """The folds that a training will have if every file of the part can be read."""
    return folds_for(recipe, sum(snapshot.rows[at].weight > 0 for at in snapshot.indices("train")))


def progress_event(part: Part, out_of_fold: Doubles, **values: Any) -> dict[str, Any]:
    """One line of a curve: `values`, and accuracy and confusion over the rows predicted so far (NaN: not yet).

    `probe` is what is said of a fixed batch, the probability of each item's own class, so that one sees it settle.
    """
    known = np.isfinite(out_of_fold[:, 0])
    truth, said = part.targets[known].argmax(axis=1), out_of_fold[known].argmax(axis=1)
    matrix = confusion_matrix(truth, said, part.targets.shape[1])
    accuracy = float(np.trace(matrix) / max(matrix.sum(), 1))
    return {
        **values, "validation_accuracy": accuracy, "validated": int(known.sum()), "confusion": matrix.tolist(),
        "probe": _probe(part, out_of_fold),
    }  # fmt: skip


def _probe(part: Part, out_of_fold: Doubles) -> list[float]:
    """Of the first rows of the first fold, which is predicted first; empty before that."""
    rows = np.flatnonzero(part.folds == part.folds.min())[:PROBED]
    if not len(rows) or not np.isfinite(out_of_fold[rows]).all():
        return []
    said = softmax(out_of_fold[rows], axis=1)
    own = said[np.arange(len(rows)), part.targets[rows].argmax(axis=1)]
    return [round(float(share), PROBE_DIGITS) for share in own]


def check_labels(snapshot: Snapshot, recipe: Recipe, rows: npt.NDArray[np.intp] | None = None) -> None:
    """Raise CannotTrain where there is too little to tell apart; before any file is read, and again after."""
    if recipe.kind not in KINDS:
        raise CannotTrain(f"There is no recipe of the kind {recipe.kind!r}.")
    if len(snapshot.classes) < 2:
        raise CannotTrain("The project has fewer than two classes; there is nothing to tell apart.")
    targets = snapshot.targets()[snapshot.indices("train") if rows is None else rows]
    if len(targets) < LEAST_VERIFIED:
        raise CannotTrain(f"Only {len(targets)} verified items so far; at least {LEAST_VERIFIED} are needed.")
    if len(np.unique(targets.argmax(axis=1))) < 2:
        only = snapshot.classes[int(targets[0].argmax())]
        raise CannotTrain(f"All verified items are of the class {only!r}; at least two classes are needed.")
