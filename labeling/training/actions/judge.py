"""The judgement on held-out items, and the gate."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from labeling.projects.models import Project
from labeling.registry.models import ModelVersion
from labeling.registry.reads import promoted
from labeling.suggestions.reads import spoken
from ml.compare import Verdict, not_worse
from ml.evaluate import Evaluation, evaluate
from ml.snapshot import Snapshot as Frozen
from ml.train import CannotTrain, Trained

Flags = npt.NDArray[np.bool_]
ONE_ITEM = 1.001  # a little more than one, since shares of items are not exact in floating point


@dataclass(frozen=True)
class Judgement:
    """What the held-out split says of a new model, and whether it may be promoted."""

    passed: bool
    reason: str
    metrics: dict[str, Any]


@dataclass(frozen=True)
class Jury:
    """Held-out items with labels by people alone: M rows of a snapshot."""

    rows: npt.NDArray[np.intp]  # (M,)
    truth: npt.NDArray[np.intp]  # (M,)
    items: list[int]
    groups: list[str] | None  # None where no two items belong together

    @classmethod
    def of(cls, frozen: Frozen, rows: npt.NDArray[np.intp]) -> "Jury":
        """The rows given, all of them held out."""
        groups = [frozen.rows[at].group for at in rows]
        truth = frozen.targets()[rows].argmax(axis=1)
        alone = len(set(groups)) == len(groups)
        return cls(rows, truth, [int(frozen.rows[at].id) for at in rows], None if alone else groups)


def judge(*, project: Project, frozen: Frozen, trained: Trained, label_ids: list[int], margin: float) -> Judgement:
    """Judge a new model on the held-out split, beside the promoted one on the same items."""
    heldout = frozen.indices("heldout")
    jury = Jury.of(frozen, heldout[np.isfinite(trained.probabilities[heldout]).all(axis=1)])
    if not len(jury.rows):
        raise CannotTrain("None of the held-out files can be read; there is nothing to judge by.")
    found = evaluate(trained.probabilities[jury.rows].astype(np.float64), jury.truth, jury.groups)
    correct = trained.probabilities[jury.rows].argmax(axis=1) == jury.truth
    usual = _baseline(frozen, jury)
    metrics = {
        **found.to_json(), "classes": list(frozen.classes), "baseline": usual, "temperature": trained.temperature,
        "out_of_fold_accuracy": trained.accuracy, "trained_on": len(frozen.indices("train")),
    }  # fmt: skip
    current = promoted(project)
    if current is None:
        return Judgement(*_first(found, usual), metrics)
    verdict, before = _against(current, jury, correct, label_ids, margin)
    if not before["items"]:  # its files are gone, or made for other features: nobody can defend it any more
        passed, reason = _first(found, usual)
        return Judgement(passed, f"Model {current.number} can no longer be asked. {reason}", metrics)
    return Judgement(verdict.passed, verdict.reason, metrics | {"previous": before})


def _baseline(frozen: Frozen, jury: Jury) -> float:
    """Accuracy of always saying the commonest class of the training part."""
    commonest = frozen.targets()[frozen.indices("train")].argmax(axis=1)
    return float((jury.truth == np.bincount(commonest).argmax()).mean())


def _first(found: Evaluation, usual: float) -> tuple[bool, str]:
    if found.accuracy > usual:
        return True, f"Right {found.accuracy:.1%} of the time, always the commonest class {usual:.1%}."
    return False, f"Right {found.accuracy:.1%} of the time, no better than always saying the commonest class."


def _against(
    current: ModelVersion, jury: Jury, correct: Flags, label_ids: list[int], margin: float
) -> tuple[Verdict, dict[str, Any]]:
    """The gate, on those items of which the promoted model has said something."""
    opinions = dict(spoken(current.project).filter(item__in=jury.items).values_list("item_id", "label_id"))
    known = np.array([item in opinions for item in jury.items])
    right = np.array([opinions.get(item) == label_ids[true] for item, true in zip(jury.items, jury.truth, strict=True)])
    groups = [group for group, kept in zip(jury.groups, known, strict=True) if kept] if jury.groups else None
    allowed = max(margin, ONE_ITEM / max(int(known.sum()), 1))  # of few items, one more or less is chance
    verdict = not_worse(right[known], correct[known], allowed, groups)
    before = {
        "number": current.number, "items": int(known.sum()), "difference": verdict.difference, "low": verdict.low,
        "high": verdict.high, "p_value": verdict.p_value, "proven": verdict.proven,
        "accuracy": float(right[known].mean()) if known.any() else None,
    }  # fmt: skip
    return verdict, before
