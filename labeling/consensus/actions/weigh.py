"""Turning what was said of items into posteriors and verdicts."""

from collections.abc import Sequence
from datetime import datetime

import numpy as np
from django.db import transaction
from django.utils import timezone
from numpy.typing import NDArray

from labeling.assignments.actions import Want, lock, want
from labeling.assignments.models import Clearance, ClearanceState
from labeling.consensus.evidence import (
    Floats,
    Told,
    Yardstick,
    imported_labels,
    model_opinion,
    newcomers,
    told,
    yardstick,
)
from labeling.consensus.models import Consensus, Verdict
from labeling.consensus.verdicts import Case, Ruling, rule
from labeling.guidelines.outdated import outdated
from labeling.items.models import Item
from labeling.projects.models import Project, Role
from ml.truth.posterior import posteriors

EXPERT_ACCURACY = 0.98  # an expert's decision as evidence; the verdict follows it whatever the crowd said
TINY = 1e-300  # the smallest probability whose logarithm is taken
FIELDS = ["fit", "probabilities", "label", "confidence", "answers", "verdict", "by_expert", "updated_at", "verified_at"]


@transaction.atomic
def weigh(*, project: Project, item_ids: Sequence[int], stick: Yardstick | None = None) -> list[Consensus]:
    """Work these items' posteriors out anew from their standing answers, and tell the queue what they still want.

    Locks the items' queue entries, so that two answers to one item are weighed one after the other.
    """
    ids = sorted(set(item_ids))
    if not ids:
        return []
    lock(item_ids=ids)
    stick = stick or yardstick(project)
    standing = _standing(ids)
    heldout = {item_id for item_id, (held, _) in standing.items() if held}
    evidence = told(project, stick, ids)
    opinion = model_opinion(project, stick, ids, heldout)
    imported = imported_labels(stick, ids)
    probabilities = posteriors(stick.fit, evidence.answers, opinion, imported=imported)
    if project.stale_weight and outdated(project):
        everything = told(project, stick, ids, stale=True)
        with_stale = posteriors(stick.fit, everything.answers, opinion, imported=imported)
        probabilities = _between(probabilities, with_stale, project.stale_weight)
    return _write(project, stick, evidence, _decided(probabilities, evidence, stick), standing)


def _between(fresh: Floats, everything: Floats, weight: float) -> Floats:
    """Posteriors in which each stale answer's evidence (its log-likelihood) counts `weight` of a fresh one's."""
    score = (1 - weight) * np.log(np.maximum(fresh, TINY)) + weight * np.log(np.maximum(everything, TINY))
    shares = np.exp(score - score.max(axis=1, keepdims=True))
    return np.asarray(shares / shares.sum(axis=1, keepdims=True))


def _standing(item_ids: Sequence[int]) -> dict[int, tuple[bool, datetime | None]]:
    """Of each item, whether it is held out, and since when its owner wants another answer."""
    rows = Item.objects.filter(pk__in=item_ids).values_list("pk", "heldout", "queue_entry__wanted_again_at")
    return {item_id: (held, again) for item_id, held, again in rows}


def _decided(probabilities: Floats, evidence: Told, stick: Yardstick) -> Floats:
    """The posteriors with experts' decisions as one more witness."""
    slip = (1 - EXPERT_ACCURACY) / (len(stick.label_ids) - 1)
    for row, item_id in enumerate(evidence.item_ids):
        if item_id in evidence.settled:
            witness = np.full(len(stick.label_ids), slip)
            witness[stick.label_ids.index(evidence.settled[item_id])] = EXPERT_ACCURACY
            probabilities[row] *= witness
            probabilities[row] /= probabilities[row].sum()
    return probabilities


def _write(
    project: Project, stick: Yardstick, evidence: Told, probabilities: Floats,
    standing: dict[int, tuple[bool, datetime | None]],
) -> list[Consensus]:
    paused = Clearance.objects.filter(project=project, state=ClearanceState.PAUSED).values("user")
    there = project.members.filter(removed_at=None, discounted_at=None, role=Role.ANNOTATOR)
    crowd = there.exclude(user__in=paused).count()
    before = dict(Consensus.objects.filter(pk__in=evidence.item_ids).values_list("pk", "verified_at"))
    fresh = _by_newcomers(project, evidence)
    rows, wants = [], []
    for place, item_id in enumerate(evidence.item_ids):
        row = _row(project, stick, evidence, place, probabilities[place])
        heldout, again_at = standing[item_id]
        case = Case(
            posterior=probabilities[place], answers=row.answers, newcomers=int(fresh[place]), heldout=heldout,
            settled=row.by_expert, again=_again(again_at, evidence.newest.get(item_id)),
        )  # fmt: skip
        ruling = rule(project, case, pooled=stick.fit.pooled, crowd=crowd)
        row.verdict, row.verified_at = ruling.verdict, _verified_at(ruling, before.get(item_id))
        wants.append(Want(item_id, ruling.wanted, ruling.audience))
        if row.answers or row.by_expert or item_id in before:
            rows.append(row)
    Consensus.objects.bulk_create(rows, update_conflicts=True, unique_fields=["item"], update_fields=FIELDS)
    want(wants=wants)
    return rows


def _by_newcomers(project: Project, evidence: Told) -> NDArray[np.int64]:
    """How many of each item's answers are by people who are new here, (N,)."""
    new = newcomers(project, {int(user) for user in evidence.user_ids})
    theirs = np.isin(evidence.user_ids, list(new))
    return np.bincount(evidence.answers.item[theirs], minlength=len(evidence.item_ids))


def _again(wanted_at: datetime | None, newest: datetime | None) -> bool:
    """Whether the owner's wish is still open: no answer that counts came after it."""
    return wanted_at is not None and (newest is None or newest <= wanted_at)


def _row(project: Project, stick: Yardstick, evidence: Told, place: int, probabilities: Floats) -> Consensus:
    item_id = evidence.item_ids[place]
    best = int(np.argmax(probabilities))
    label_id = evidence.settled.get(item_id, stick.label_ids[best])
    return Consensus(
        item_id=item_id, project=project, fit_id=stick.row_id, probabilities=probabilities.tolist(), label_id=label_id,
        confidence=float(probabilities[stick.label_ids.index(label_id)]), answers=int(evidence.counted[place]),
        by_expert=item_id in evidence.settled, updated_at=timezone.now(),
    )  # fmt: skip


def _verified_at(ruling: Ruling, before: datetime | None) -> datetime | None:
    return (before or timezone.now()) if ruling.verdict == Verdict.VERIFIED else None


