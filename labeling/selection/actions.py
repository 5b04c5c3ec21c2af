"""What to ask next: priorities of the queue from what people and the model make of each item."""

import numpy as np
import numpy.typing as npt
from django.contrib.auth.models import User

from labeling.assignments.actions import set_priorities
from labeling.assignments.models import QueueEntry
from labeling.audit.actions import record
from labeling.consensus.evidence import yardstick
from labeling.consensus.models import Consensus
from labeling.embeddings.reads import backbone_of, vectors
from labeling.items.models import Item
from labeling.projects.models import Project
from labeling.registry.reads import promoted
from labeling.selection.order import Doubles, Waiting, priorities
from labeling.selection.reads import (
    RANKED,
    ROWS_A_FETCH,
    Places,
    answers_to,
    beliefs,
    columns,
    in_chance_order,
    known_items,
)
from ml.select import lowest_confidence, typical
from ml.truth.shared import looks

Ints = npt.NDArray[np.int64]
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
    rows = entries.values_list("item_id", "item__heldout").iterator(chunk_size=ROWS_A_FETCH)
    waiting = np.fromiter(rows, np.dtype([("item", np.int64), ("heldout", np.bool_)]))
    items, heldout = waiting["item"], waiting["heldout"]
    counts = _answers(project, items)
    scores = np.full(len(items), np.nan)
    if project.model_helps:
        free = np.flatnonzero(~heldout)
        scores[free] = _doubt(project, items[free]) if trained else _typical(project, items[free], counts[free])
    return Waiting(items.tolist(), heldout, counts > 0, scores)


def _answers(project: Project, items: Ints) -> Ints:
    """(N,) how many answers each item has."""
    counts, where = np.zeros(len(items), np.int64), Places(items.tolist())
    answered = Consensus.objects.filter(project=project, answers__gt=0)
    for ids, numbers in columns(answered.values_list("item_id", "answers")):
        there, at = where.of(ids)
        counts[at] = np.array(numbers, np.int64)[there]
    return counts


def _doubt(project: Project, items: Ints) -> Doubles:
    """(N,) what another answer is worth by what is believed of each item; NaN where nothing is.

    By how sure it is what an item looks like: where everybody errs alike, no further answer helps.
    """
    believed = beliefs(project, items.tolist())
    scores = np.full(len(items), np.nan)
    told = np.isfinite(believed.posteriors).all(axis=1)
    apparent = looks(yardstick(project).fit, believed.posteriors[told])
    scores[told] = lowest_confidence(apparent, NOTHING, believed.answers[told], 0)
    return scores


def _typical(project: Project, items: Ints, counts: Ints) -> Doubles:
    """(N,) before there is a model: the middle of what there is; NaN where the features are not there yet."""
    where, places = Places(items.tolist()), dict[str, int]()
    for ids, blobs in columns(Item.objects.filter(project=project).values_list("pk", "blob_id")):
        there, at = where.of(ids)
        places |= dict(zip(np.array(blobs)[there].tolist(), at.tolist(), strict=True))
    present, features = vectors(list(places), backbone_of(project))
    scores = np.full(len(items), np.nan)
    if present:
        told = [places[blob] for blob in present]
        scores[told] = typical(NOTHING, features, counts[told], project.pk)
    return scores
