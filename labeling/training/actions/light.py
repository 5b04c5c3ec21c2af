"""The light preflight: what can be checked of frozen labels in no time, before a head or anything else is fitted."""

from collections import Counter

import numpy as np

from labeling.training.models import Speed
from ml.part import planned_folds
from ml.preflight import Check, Verdict, check_sides, failures, judged
from ml.snapshot import Snapshot as Frozen
from ml.train import CannotTrain, Recipe

LEAST_JUDGES = 10  # held-out items of a refit: one right or wrong more is then ten points, and fewer judge nothing


def light(frozen: Frozen, recipe: Recipe, speed: str) -> list[Check]:
    """Whether there is something to learn, something to judge by, and nothing on both sides."""
    return [
        _labels(frozen), _classes(frozen), _judges(frozen, speed),
        *check_sides(frozen.rows, planned_folds(frozen, recipe)), _features(frozen),
    ]  # fmt: skip


def insist(checks: list[Check]) -> None:
    """Raise CannotTrain with the first failed check's detail, or its figure where it has none."""
    for check in failures(checks):
        raise CannotTrain(check.detail or f"{check.name}: {check.figure}, expected {check.expectation}.")


def _labels(frozen: Frozen) -> Check:
    count = len(frozen.indices("train"))
    note = "" if count else "No label is verified yet; there is nothing to learn from."
    return judged("Labels to learn from", str(count), "at least 2", bool(count), note)


def _classes(frozen: Frozen) -> Check:
    """One class alone fails in training with a better reason; here the rare ones are named."""
    counted = Counter(frozen.targets()[frozen.indices("train")].argmax(axis=1).tolist())
    rare = [name for at, name in enumerate(frozen.classes) if counted[at] < 2]
    note = f"With one label or none: {', '.join(rare)}. It will hardly ever be suggested." if rare else ""
    figure, verdict = f"{len(frozen.classes) - len(rare)} of {len(frozen.classes)}", Verdict.PASSED
    if rare:
        verdict = Verdict.WARNED
    return Check("Classes with two labels or more", figure, "all of them", verdict, note)


def _judges(frozen: Frozen, speed: str) -> Check:
    count, least = len(frozen.indices("heldout")), LEAST_JUDGES if speed == Speed.WARM else 1
    note = ""
    if not count:
        note = "No held-out item has its blind answers yet; there is nothing to judge by."
    elif count < least:
        note = f"Only {count} held-out items have their blind answers; a refit is judged by {least} at least."
    return judged("Held-out items", str(count), f"at least {least}", not note, note)


def _features(frozen: Frozen) -> Check:
    """A head learns from the items whose features are stored; the rest follows with the next one."""
    if frozen.features is None:
        return Check("Features stored", "not needed", "", Verdict.PASSED)
    labelled = np.concatenate([frozen.indices("train"), frozen.indices("heldout")])
    there = int(np.isfinite(frozen.features[labelled]).all(axis=1).sum())
    note, verdict = "", Verdict.PASSED
    if there < len(labelled):
        note, verdict = "Files that cannot be read, or whose features are still to come, are left out.", Verdict.WARNED
    return Check("Labelled items with features", f"{there} of {len(labelled)}", "all of them", verdict, note)
