"""One item's history: every answer to it, what was shown, and what follows from them."""

from dataclasses import dataclass

from labeling.annotations.models import Annotation, Skip
from labeling.assignments.models import Gold
from labeling.consensus.models import Consensus
from labeling.errors import NotFound
from labeling.items.models import Item
from labeling.projects.models import Label, Project
from labeling.suggestions.models import Suggestion
from labeling.suggestions.reads import current


@dataclass(frozen=True)
class Likely:
    """A label and its posterior."""

    label: str
    probability: float


@dataclass(frozen=True)
class History:
    """Everything that was said of one item."""

    item: Item
    consensus: Consensus | None
    posterior: list[Likely]  # the most probable first
    suggestion: Suggestion | None
    answers: list[Annotation]
    skips: list[Skip]
    gold: Gold | None  # in use


def history(project: Project, item_id: int) -> History:
    """An item's answers, oldest first, those taken back too."""
    item = Item.objects.select_related("blob").filter(project=project, pk=item_id).first()
    if item is None:
        raise NotFound("no such item", field="item")
    settled = Consensus.objects.select_related("label", "fit").filter(item=item).first()
    answers = Annotation.objects.filter(item=item).select_related(
        "user", "label", "rejected", "suggestion__label", "suggestion__model_version", "guideline_version", "retraction"
    )
    skips = Skip.objects.filter(lease__item=item).select_related("lease__user")
    said = current(project, [item.pk]).get(item.pk)
    gold = Gold.objects.filter(item=item, retired_at=None).select_related("label").first()
    given, passed = list(answers.order_by("id")), list(skips.order_by("id"))
    return History(item, settled, _posterior(settled), said, given, passed, gold)


def _posterior(settled: Consensus | None) -> list[Likely]:
    """Named probabilities; before the first fit a posterior runs over the project's labels by id."""
    if settled is None or settled.fit is None:
        return []
    names = dict(Label.objects.filter(pk__in=settled.fit.label_ids).values_list("pk", "name"))
    rows = [
        Likely(names[label_id], probability)
        for label_id, probability in zip(settled.fit.label_ids, settled.probabilities, strict=True)
    ]
    return sorted(rows, key=lambda row: -row.probability)
