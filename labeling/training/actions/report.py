"""What stands beside a run's figures: baselines, slices, calibration, and the worst mistakes."""

from typing import Any

import numpy as np

from labeling.projects.models import Project
from labeling.registry.models import ModelVersion
from labeling.training.actions.columns import Columns
from labeling.training.actions.jury import NO_CLASS, Defence, Jury, said_by_people
from labeling.training.models import Speed
from ml.baselines import Baseline, baseline, majority, people, plain_head
from ml.evaluate import confusion_matrix
from ml.slices import slices
from ml.snapshot import Snapshot as Frozen
from ml.train import Trained

MISTAKES = 50
BINS = 10


def report(
    project: Project, frozen: Frozen, trained: Trained, jury: Jury, label_ids: list[int], parts: Columns,
    current: ModelVersion | None, theirs: Defence, speed: str,
) -> dict[str, Any]:  # fmt: skip
    """Plain values, for the run's row; a refit, which may come every minute, fits no other head to stand beside it."""
    correct = trained.probabilities[jury.rows].argmax(axis=1) == jury.truth
    rows = [baseline("this model", correct, jury.groups, f"learnt from {len(frozen.indices('train'))}")]
    if current is not None and theirs.known.any():
        known = theirs.known
        rows.append(baseline(f"model {current.number}", theirs.right[known], jury.groups_of(known), "speaks now"))
    if trained.together is not None:
        right = trained.together[jury.rows].argmax(axis=1) == jury.truth
        rows.append(baseline("its teachers together", right, jury.groups, f"{trained.recipe.members} models"))
    rows += _plain(frozen, jury, with_head=speed == Speed.DEEP)
    rows.append(_people(project, jury, label_ids))
    cut = [row.to_json() for row in slices(correct, parts, jury.groups)]
    return {
        "baselines": [row.to_json() for row in rows if row.items], "slices": cut,
        "calibration": _calibration(trained, jury), "mistakes": _mistakes(trained, jury),
        "people": _said_by_one(project, jury, label_ids),
    }  # fmt: skip


def _people(project: Project, jury: Jury, label_ids: list[int]) -> Baseline:
    said = people(*said_by_people(project, jury, label_ids), jury.truth, jury.groups)
    detail = f"{said.detail} without a suggestion; what they agree on is the truth here, so this flatters them"
    return Baseline(**{**said.to_json(), "name": "one person", "detail": detail})


def _said_by_one(project: Project, jury: Jury, label_ids: list[int]) -> list[list[int]]:
    """Counts [agreed][said] of single answers; those outside the classes are left out."""
    items, said = (np.array(column, np.intp) for column in said_by_people(project, jury, label_ids))
    inside = said != NO_CLASS
    counts: list[list[int]] = confusion_matrix(jury.truth[items[inside]], said[inside], len(label_ids)).tolist()
    return counts


def _plain(frozen: Frozen, jury: Jury, *, with_head: bool) -> list[Baseline]:
    """The commonest class, and where features are at hand and it is wanted a plain head on them."""
    train = frozen.indices("train")
    weights = np.array([frozen.rows[at].weight for at in train])
    targets = frozen.targets()[train]
    common = majority(targets, weights, jury.truth, jury.groups)
    name = frozen.classes[int((weights @ targets).argmax())]
    rows = [Baseline(**{**common.to_json(), "name": "commonest class", "detail": f"always {name}"})]
    if with_head and frozen.features is not None and np.isfinite(frozen.features[jury.rows]).all():
        there = np.isfinite(frozen.features[train]).all(axis=1)
        features = frozen.features[train[there]]
        rows.append(
            plain_head(features, targets[there], weights[there], frozen.features[jury.rows], jury.truth, jury.groups)
        )
    return rows


def _calibration(trained: Trained, jury: Jury) -> list[dict[str, Any]]:
    """Mean confidence and share of right ones, by tenths of confidence; empty tenths are left out."""
    said = trained.probabilities[jury.rows]
    confidence, right = said.max(axis=1), said.argmax(axis=1) == jury.truth
    member = np.minimum((confidence * BINS).astype(int), BINS - 1)
    return [
        {
            "from": at / BINS, "items": int((member == at).sum()),
            "confidence": float(confidence[member == at].mean()), "right": float(right[member == at].mean()),
        }
        for at in range(BINS) if (member == at).any()
    ]  # fmt: skip


def _mistakes(trained: Trained, jury: Jury) -> list[dict[str, Any]]:
    """The held-out items that it is surest of and wrong about, surest first."""
    said = trained.probabilities[jury.rows]
    wrong = np.flatnonzero(said.argmax(axis=1) != jury.truth)
    worst = wrong[np.argsort(-said[wrong].max(axis=1), kind="stable")][:MISTAKES]
    return [
        {
            "item": jury.items[at], "truth": int(jury.truth[at]), "said": int(said[at].argmax()),
            "confidence": float(said[at].max()),
        }
        for at in worst
    ]  # fmt: skip
