"""What to ask next: priorities of the queue from what people and the model make of each item."""

import numpy as np

from labeling.annotations.models import Annotation
from labeling.assignments.actions import set_priorities
from labeling.assignments.models import QueueEntry
from labeling.audit.actions import record
from labeling.consensus.models import Consensus
from labeling.projects.models import Project
from labeling.registry.reads import promoted
from labeling.selection.order import Waiting, priorities
from labeling.selection.reads import RANKED
from labeling.suggestions.reads import spoken


def rank(*, project: Project) -> int:
    """Order the queue anew, held-out items among the others; returns how many places changed."""
    waiting = _waiting(project)
    values = priorities(waiting, np.random.default_rng())
    changed = set_priorities(project=project, priorities=zip(waiting.items, values.tolist(), strict=True))
    version = promoted(project)
    record(
        actor=None, verb=RANKED, row=project, project_id=project.pk, model_version=version and version.pk,
        items=len(waiting.items), suggested=spoken(project).count(),
        answers=Annotation.objects.filter(project=project).count(),
    )  # fmt: skip
    return changed


def _waiting(project: Project) -> Waiting:
    """Everything in the queue that still wants an answer, with the confidence that is known of it."""
    entries = QueueEntry.objects.filter(project=project, wanted__gt=0).order_by("item_id")
    rows = list(entries.values_list("item_id", "item__heldout"))
    confidence = _confidence(project)
    answered = set(Consensus.objects.filter(project=project, answers__gt=0).values_list("item_id", flat=True))
    return Waiting(
        items=[item for item, _ in rows],
        heldout=np.array([heldout for _, heldout in rows], dtype=np.bool_),
        started=np.array([item in answered for item, _ in rows], dtype=np.bool_),
        confidence=np.array([confidence.get(item, np.nan) for item, _ in rows], dtype=np.float64),
    )


def _confidence(project: Project) -> dict[int, float]:
    """The most probable label's share: the consensus, which has the model's opinion in it, else the model's alone."""
    if not project.model_helps:
        return {}
    of_model = dict(spoken(project).values_list("item_id", "confidence"))
    if not of_model:
        return {}
    answered = Consensus.objects.filter(project=project, answers__gt=0)
    return of_model | dict(answered.values_list("item_id", "confidence"))
