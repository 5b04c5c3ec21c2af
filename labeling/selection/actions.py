"""What to ask next: priorities of the queue from what people and the model make of each item."""

import numpy as np
from django.contrib.auth.models import User

from labeling.assignments.actions import set_priorities
from labeling.assignments.models import QueueEntry
from labeling.audit.actions import record
from labeling.consensus.evidence import yardstick
from labeling.consensus.models import Consensus
from labeling.embeddings.reads import backbone_of, vectors
from labeling.projects.models import Project
from labeling.registry.reads import promoted
from labeling.selection.order import Doubles, Waiting, priorities
from labeling.selection.reads import RANKED, answers_to, beliefs, in_chance_order, known_items
from ml.select import lowest_confidence, typical
from ml.truth.shared import looks

NOTHING = np.empty((0, 0), np.float32)


def rank(*, actor: User | None = None, project: Project, random: np.random.Generator | None = None) -> int:
    """Order the queue anew, held-out items among the others; returns how many places changed.

    `random` is given where the same is to happen again.
    """
    # Counted before, so that what comes meanwhile counts as new.
    noted = {"answers": answers_to(project), "known": known_items(project) if project.model_helps else 0}
    version = promoted(project)
    # Where nothing is known still, the order of chance is as good as another: a million places are not written for it.
    only_judges = not noted["known"] and in_chance_order(project)
    waiting = _waiting(project, trained=version is not None, only_judges=only_judges)
    values = priorities(waiting, random or np.random.default_rng())
    changed = set_priorities(project=project, priorities=zip(waiting.items, values.tolist(), strict=True))
    record(
        actor=actor, verb=RANKED, row=project, project_id=project.pk, model_version=version and version.pk,
        items=len(waiting.items), **noted,
    )  # fmt: skip
    return changed


def _waiting(project: Project, *, trained: bool, only_judges: bool) -> Waiting:
    """Everything in the queue, or all that is held out, that still wants an answer, with what another one is worth."""
    entries = QueueEntry.objects.filter(project=project, wanted__gt=0).order_by("item_id")
    if only_judges:
        entries = entries.filter(item__heldout=True)
    rows = list(entries.values_list("item_id", "item__heldout", "item__blob_id"))
    answers = dict(Consensus.objects.filter(project=project, answers__gt=0).values_list("item_id", "answers"))
    counts = np.array([answers.get(item, 0) for item, _, _ in rows], np.intp)
    heldout = np.array([held for _, held, _ in rows], np.bool_)
    scores = np.full(len(rows), np.nan)
    if project.model_helps:
        free = np.flatnonzero(~heldout)
        if trained:
            scores[free] = _doubt(project, [rows[at][0] for at in free])
        else:
            scores[free] = _typical(project, [rows[at][2] for at in free], counts[free])
    return Waiting([item for item, _, _ in rows], heldout, counts > 0, scores)


def _doubt(project: Project, items: list[int]) -> Doubles:
    """(N,) what another answer is worth by what is believed of each item; NaN where nothing is.

    By how sure it is what an item looks like: where everybody errs alike, no further answer helps.
    """
    believed = beliefs(project, items)
    scores = np.full(len(items), np.nan)
    told = np.isfinite(believed.posteriors).all(axis=1)
    apparent = looks(yardstick(project).fit, believed.posteriors[told])
    scores[told] = lowest_confidence(apparent, NOTHING, believed.answers[told], 0)
    return scores


def _typical(project: Project, blobs: list[str], counts: np.ndarray[tuple[int], np.dtype[np.intp]]) -> Doubles:
    """(N,) before there is a model: the middle of what there is; NaN where the features are not there yet."""
    present, features = vectors(blobs, backbone_of(project))
    scores = np.full(len(blobs), np.nan)
    if present:
        where = {blob: at for at, blob in enumerate(blobs)}
        told = [where[blob] for blob in present]
        scores[told] = typical(NOTHING, features, counts[told], project.pk)
    return scores
