"""The light preflight: what can be checked of frozen labels in no time, before a head or anything else is fitted."""

from collections import Counter
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from labeling.training.models import Speed
from ml.snapshot import Snapshot as Frozen
from ml.train import CannotTrain

LEAST_JUDGES = 10  # held-out items of a refit: one right or wrong more is then ten points, and fewer judge nothing
PASSED, WARNING, FAILED = "passed", "warning", "failed"


@dataclass(frozen=True)
class Check:
    """One row of a run's page."""

    name: str
    figure: str
    expectation: str
    verdict: str
    note: str = ""

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self)


def light(frozen: Frozen, speed: str) -> list[Check]:
    """Whether there is something to learn, something to judge by, and nothing on both sides."""
    return [_labels(frozen), _classes(frozen), _judges(frozen, speed), _sides(frozen), _features(frozen)]


def insist(checks: list[Check]) -> None:
    """Raise CannotTrain with the first failed check's note."""
    for check in checks:
        if check.verdict == FAILED:
            raise CannotTrain(check.note)


def _labels(frozen: Frozen) -> Check:
    count = len(frozen.indices("train"))
    note = "" if count else "No label is verified yet; there is nothing to learn from."
    return Check("Labels to learn from", str(count), "at least 2", PASSED if count else FAILED, note)


def _classes(frozen: Frozen) -> Check:
    """One class alone fails in training with a better reason; here the rare ones are named."""
    counted = Counter(frozen.targets()[frozen.indices("train")].argmax(axis=1).tolist())
    rare = [name for at, name in enumerate(frozen.classes) if counted[at] < 2]
    note = f"With one label or none: {', '.join(rare)}. It will hardly ever be suggested." if rare else ""
    figure = f"{len(frozen.classes) - len(rare)} of {len(frozen.classes)}"
    return Check("Classes with two labels or more", figure, "all of them", WARNING if rare else PASSED, note)


def _judges(frozen: Frozen, speed: str) -> Check:
    count, least = len(frozen.indices("heldout")), LEAST_JUDGES if speed == Speed.WARM else 1
    note = ""
    if not count:
        note = "No held-out item has its blind answers yet; there is nothing to judge by."
    elif count < least:
        note = f"Only {count} held-out items have their blind answers; a refit is judged by {least} at least."
    return Check("Held-out items", str(count), f"at least {least}", FAILED if note else PASSED, note)


def _sides(frozen: Frozen) -> Check:
    """Groups of duplicates, speakers and sources stay together by the way in which they are split; here it is seen."""
    groups = {split: {frozen.rows[at].group or frozen.rows[at].sha256 for at in frozen.indices(split)}
              for split in ("train", "heldout")}  # fmt: skip
    files = {split: {frozen.rows[at].sha256 for at in frozen.indices(split)} for split in ("train", "heldout")}
    shared = (groups["train"] & groups["heldout"]) | (files["train"] & files["heldout"])
    note = f"On both sides: {', '.join(sorted(shared)[:3])}. The judgement would be worth nothing." if shared else ""
    return Check("Groups on both sides of the split", str(len(shared)), "0", FAILED if note else PASSED, note)


def _features(frozen: Frozen) -> Check:
    """A head learns from the items whose features are stored; the rest follows with the next one."""
    if frozen.features is None:
        return Check("Features stored", "not needed", "", PASSED)
    labelled = np.concatenate([frozen.indices("train"), frozen.indices("heldout")])
    there = int(np.isfinite(frozen.features[labelled]).all(axis=1).sum())
    note, verdict = "", PASSED
    if there < len(labelled):
        note, verdict = "Files that cannot be read, or whose features are still to come, are left out.", WARNING
    return Check("Labelled items with features", f"{there} of {len(labelled)}", "all of them", verdict, note)
