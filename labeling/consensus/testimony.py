"""Who said what of disputed items, and how far each of them is to be believed in it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from labeling.annotations.models import Annotation
from labeling.consensus.evidence import Yardstick, counting, yardstick
from labeling.consensus.models import Consensus
from labeling.projects.models import Label, Project
from ml.truth.people import UNKNOWN_PERSON


@dataclass(frozen=True)
class Said:
    """One standing answer. right: P(it is so | this person says so), None where nothing of the kind was said."""

    name: str
    said: str
    refused: bool  # "not this one"
    right: float | None
    basis: int  # how many of the person's answers that was measured on; 0: people here on the whole
    counts: bool  # not of somebody whose answers weigh nothing
    saw_suggestion: bool
    at: datetime


@dataclass(frozen=True)
class Testimony:
    """Everything said of one item, oldest first, and what follows from it, the most probable first."""

    answers: list[Said]
    posterior: list[tuple[str, float]]


def testimony(project: Project, item_ids: Sequence[int]) -> dict[int, Testimony]:
    """What was said of each of these items; `right` is by the confusion matrices of the newest fit."""
    stick = yardstick(project)
    rows = Annotation.objects.standing().filter(project=project, item__in=item_ids).order_by("id")
    weighing = set(counting(project).filter(item__in=item_ids).values_list("pk", flat=True))
    answers: dict[int, list[Said]] = {item_id: [] for item_id in item_ids}
    for row in rows.select_related("user", "label", "rejected"):
        answers[row.item_id].append(_said(row, stick, row.pk in weighing))
    posteriors = _posteriors(project, stick, item_ids)
    return {item_id: Testimony(answers[item_id], posteriors.get(item_id, [])) for item_id in item_ids}


def _said(row: Annotation, stick: Yardstick, counts: bool) -> Said:
    label = row.label or row.rejected
    right, basis = reliance(stick, row.user_id, row.label_id)
    return Said(
        name=row.user.get_username(), said=label.name if label else "", refused=row.label is None, right=right,
        basis=basis, counts=counts, saw_suggestion=row.suggestion_id is not None, at=row.stored_at,
    )  # fmt: skip


def reliance(stick: Yardstick, user_id: int, label_id: int | None) -> tuple[float | None, int]:
    """P(true = c | the person says c), and how many of their answers it was measured on.

    By Bayes' rule over the class prior and the person's confusion matrix, shrunk to the pool's.
    """
    if label_id not in stick.label_ids:
        return None, 0
    person, said = stick.people.get(user_id, UNKNOWN_PERSON), stick.label_ids.index(label_id)
    joint = stick.fit.prior * stick.fit.confusion(person)[:, said]
    known = 0 <= person < stick.fit.people.size
    basis = round(float(stick.fit.people.total[person].sum())) if known else 0
    return float(joint[said] / joint.sum()), basis


def _posteriors(project: Project, stick: Yardstick, item_ids: Sequence[int]) -> dict[int, list[tuple[str, float]]]:
    names = dict(Label.objects.filter(project=project).values_list("pk", "name"))
    told: dict[int, list[tuple[str, float]]] = {}
    for row in Consensus.objects.filter(pk__in=item_ids).select_related("fit"):
        label_ids = row.fit.label_ids if row.fit else stick.label_ids
        if len(label_ids) == len(row.probabilities):
            order = np.argsort(row.probabilities)[::-1]
            told[row.pk] = [(names[label_ids[place]], row.probabilities[place]) for place in order]
    return told
