"""The judgement on held-out items, and the gates that the owner set."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from labeling.projects.models import Project
from labeling.registry.models import ModelVersion
from labeling.registry.reads import promoted
from labeling.training.actions.columns import Columns, columns
from labeling.training.actions.jury import Defence, Flags, Jury, defence
from labeling.training.actions.report import report
from labeling.training.models import RetrainPolicy, Speed
from ml.compare import Verdict, better, mcnemar, not_worse, paired_difference, percent, slices_hold
from ml.evaluate import Evaluation, evaluate
from ml.slices import members
from ml.snapshot import Snapshot as Frozen
from ml.train import CannotTrain, Recipe, Trained

ONE_ITEM = 1.001  # a little more than one, since shares of items are not exact in floating point


@dataclass(frozen=True)
class Judgement:
    """What the held-out split says of a new model, and whether it may be promoted."""

    passed: bool
    reason: str
    metrics: dict[str, Any]
    report: dict[str, Any]


def judge(
    *, project: Project, frozen: Frozen, trained: Trained, label_ids: list[int], policy: RetrainPolicy,
    speed: str = Speed.DEEP, on_file: Callable[[], None] = lambda: None,
) -> Judgement:  # fmt: skip
    """Judge a new model on the held-out split, beside the promoted one on the same items.

    `on_file` is called before each file that is opened for it, and may raise.
    """
    heldout = frozen.indices("heldout")
    jury = Jury.of(frozen, heldout[np.isfinite(trained.probabilities[heldout]).all(axis=1)])
    if not len(jury.rows):
        raise CannotTrain("None of the held-out files can be read; there is nothing to judge by.")
    found = evaluate(trained.probabilities[jury.rows].astype(np.float64), jury.truth, jury.groups)
    current, usual = promoted(project), _usual(frozen, jury)
    theirs = defence(project, jury, label_ids)
    parts = columns(jury.items, project.medium, decode=speed == Speed.DEEP, on_file=on_file)
    metrics = {
        **found.to_json(), "classes": list(frozen.classes), "baseline": usual, "temperature": trained.temperature,
        "out_of_fold_accuracy": trained.accuracy, "trained_on": len(frozen.indices("train")),
    }  # fmt: skip
    if trained.together is not None:
        metrics["together"] = _beside_teachers(trained, jury)
    told = report(project, frozen, trained, jury, label_ids, parts, current, theirs, speed)
    if current is None:
        return Judgement(*_first(found, usual), metrics, told)
    if not theirs.known.any():  # its files are gone, or made for other features: nobody can defend it any more
        passed, reason = _first(found, usual)
        return Judgement(passed, f"Model {current.number} can no longer be asked. {reason}", metrics, told)
    correct = trained.probabilities[jury.rows].argmax(axis=1) == jury.truth
    changed = _changed(current, trained.recipe, policy, speed)
    verdict, before = _against(current, jury, theirs, correct, changed, policy)
    worse = _worse_parts(jury, theirs, correct, parts, policy.slice_drop) if verdict.passed else []
    before["worse_parts"] = worse
    reason = " ".join(worse) if worse else verdict.reason
    return Judgement(verdict.passed and not worse, reason, metrics | {"previous": before}, told)


def same_recipe(one: dict[str, Any], other: dict[str, Any]) -> bool:
    """Whether two recipes make the same model, wherever they run; what an older one does not name has its default."""
    usual, aside = Recipe().to_json(), {"device": "", "folds": 0}  # folds only judge: the last fit is on all rows
    return {**usual, **one, **aside} == {**usual, **other, **aside}


def _changed(current: ModelVersion, recipe: Recipe, policy: RetrainPolicy, speed: str) -> bool:
    """Whether the stricter gate holds: another recipe than that of the model that speaks.

    A refit has no time for teachers; of a model that had some it is a refit all the same.
    """
    theirs = current.recipe | ({"members": recipe.members} if speed == Speed.WARM else {})
    return policy.changed_must_be_better and not same_recipe(theirs, recipe.to_json())


def _beside_teachers(trained: Trained, jury: Jury) -> dict[str, Any]:
    """How the model that serves compares with those it learnt from, all together, on the same items."""
    assert trained.together is not None
    right = trained.together[jury.rows].argmax(axis=1) == jury.truth
    own = trained.probabilities[jury.rows].argmax(axis=1) == jury.truth
    difference, low, high = paired_difference(right, own, jury.groups)
    return {
        "members": trained.recipe.members, "items": len(jury.rows), "accuracy": float(right.mean()),
        "difference": difference, "low": low, "high": high, "p_value": mcnemar(right, own),
    }  # fmt: skip


def _usual(frozen: Frozen, jury: Jury) -> float:
    """Accuracy of always saying the commonest class of the training part."""
    commonest = frozen.targets()[frozen.indices("train")].argmax(axis=1)
    return float((jury.truth == np.bincount(commonest).argmax()).mean())


def _first(found: Evaluation, usual: float) -> tuple[bool, str]:
    if found.accuracy > usual:
        return True, f"Right {percent(found.accuracy)} of the time, always the commonest class {percent(usual)}."
    return False, f"Right {percent(found.accuracy)} of the time, no better than always saying the commonest class."


def _against(
    current: ModelVersion, jury: Jury, theirs: Defence, correct: Flags, changed: bool, policy: RetrainPolicy
) -> tuple[Verdict, dict[str, Any]]:
    """The gate, on those items of which the promoted model has said something."""
    known = theirs.known
    right, groups = theirs.right[known], jury.groups_of(known)
    allowed = max(policy.margin, ONE_ITEM / int(known.sum()))  # of few items, one more or less is chance
    verdict = (
        better(right, correct[known], groups) if changed else not_worse(right, correct[known], allowed, groups)
    )
    before = {
        "number": current.number, "items": int(known.sum()), "difference": verdict.difference, "low": verdict.low,
        "high": verdict.high, "p_value": verdict.p_value, "proven": verdict.proven, "changed": changed,
        "accuracy": float(right.mean()),
    }  # fmt: skip
    return verdict, before


def _worse_parts(jury: Jury, theirs: Defence, correct: Flags, parts: Columns, drop: float) -> list[str]:
    """The parts on which the new model falls further behind than the owner allows, in words."""
    known = theirs.known
    inside: Mapping[str, Flags] = {name: flags[known] for name, flags in members(parts).items()}
    held = slices_hold(
        theirs.right[known], correct[known], inside, drop + 1e-9, groups=jury.groups_of(known)
    )  # the owner's share itself is still allowed, whatever floating point makes of it
    return [verdict.reason for verdict in held.values() if not verdict.passed]
