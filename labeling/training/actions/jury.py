"""The held-out items with labels by people alone, and what others say of them."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from labeling.annotations.models import Annotation
from labeling.assignments.models import Arm
from labeling.projects.models import Project
from labeling.registry.reads import promoted
from labeling.suggestions.reads import spoken
from labeling.training.actions.priors import as_learnt
from ml.snapshot import Snapshot as Frozen

Flags = npt.NDArray[np.bool_]
NO_CLASS = -1  # said by people: none of these


@dataclass(frozen=True)
class Jury:
    """M held-out rows of a snapshot."""

    rows: npt.NDArray[np.intp]  # (M,)
    truth: npt.NDArray[np.intp]  # (M,)
    items: list[int]
    groups: list[str] | None  # None where no two items belong together

    @classmethod
    def of(cls, frozen: Frozen, rows: npt.NDArray[np.intp]) -> "Jury":
        """The rows given, all of them held out."""
        groups = [frozen.rows[at].group for at in rows]
        truth = frozen.targets()[rows].argmax(axis=1)
        alone = len(set(groups)) == len(groups)
        return cls(rows, truth, [int(frozen.rows[at].id) for at in rows], None if alone else groups)

    def groups_of(self, known: Flags) -> list[str] | None:
        """The groups of some of the items."""
        return [group for group, kept in zip(self.groups, known, strict=True) if kept] if self.groups else None


@dataclass(frozen=True)
class Defence:
    """What the promoted model said of the same items: `right` where it was, `known` where it said anything."""

    right: Flags  # (M,)
    known: Flags  # (M,)


def defence(project: Project, jury: Jury, label_ids: list[int]) -> Defence:
    """The promoted model's opinions, as they stand in its suggestions, but for the shares expected in use."""
    current = promoted(project)
    rows = list(spoken(project).filter(item__in=jury.items).values_list("item_id", "probabilities"))
    if current is None or not rows:
        return Defence(np.zeros(len(jury.items), bool), np.zeros(len(jury.items), bool))
    best = as_learnt(np.array([said for _, said in rows]), current.metrics).argmax(axis=1)
    opinions = {item: current.label_ids[at] for (item, _), at in zip(rows, best.tolist(), strict=True)}
    known = np.array([item in opinions for item in jury.items], bool)
    right = [opinions.get(item) == label_ids[true] for item, true in zip(jury.items, jury.truth, strict=True)]
    return Defence(np.array(right, bool), known)


def said_by_people(project: Project, jury: Jury, label_ids: list[int]) -> tuple[list[int], list[int]]:
    """Blind answers to these items: the item's place, and the class said."""
    place = {item: at for at, item in enumerate(jury.items)}
    column = {label: at for at, label in enumerate(label_ids)}
    answers = Annotation.objects.standing().outside_quiz()
    answers = answers.filter(project=project, item__in=jury.items, arm=Arm.BLIND, label__isnull=False)
    rows = list(answers.exclude(label__role="unsure").values_list("item_id", "label_id"))
    return [place[item] for item, _ in rows], [column.get(label, NO_CLASS) for _, label in rows]
