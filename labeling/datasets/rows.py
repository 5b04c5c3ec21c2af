"""Which items go into a snapshot, on which side, and with what people say of them."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from django.db.models import Count

from labeling.annotations.models import Annotation
from labeling.assignments.models import Arm
from labeling.consensus.models import Consensus
from labeling.consensus.reads import people_posteriors
from labeling.items.models import Item, ItemState
from labeling.items.storage import blob_key, blob_path
from labeling.projects.models import Label, LabelRole, Project, Role
from labeling.projects.reads import true_label_ids
from ml.snapshot import Row

DIGITS = 6  # posteriors are rounded, so that the same answers give the same hash on any machine

Posterior = tuple[float, ...]


@dataclass(frozen=True)
class Contents:
    """What a snapshot of a project holds now; `labels` in the order of the posteriors."""

    labels: list[Label]
    rows: list[Row]

    def counts(self) -> dict[str, object]:
        """Items by split, and by class in the training part."""
        by_class = Counter(int(np.argmax(row.posterior)) for row in self.rows if row.split == "train")
        return {
            "label_ids": [label.pk for label in self.labels],
            "splits": dict(Counter(row.split for row in self.rows)),
            "classes": [{"name": label.name, "items": by_class[index]} for index, label in enumerate(self.labels)],
        }


def collect(project: Project) -> Contents:
    """Every ready item: to train on, to judge by, or open."""
    labels = list(Label.objects.filter(project=project, role=LabelRole.CLASS, retired_at=None).order_by("pk"))
    people = _of_classes(project, labels)
    train = _answered(project) & people.keys()
    judges = _judges(project) & people.keys()
    return Contents(labels, list(_rows(project, people, train, judges)))


def _answered(project: Project) -> set[int]:
    """What is learnt from: all that people said something of, as unsure as they are. Verified items alone are easy."""
    known = Consensus.objects.filter(project=project, item__heldout=False, auto=False)  # what the model finished: not
    return set(known.values_list("item_id", flat=True))


def _rows(project: Project, people: dict[int, Posterior], train: set[int], judges: set[int]) -> Iterator[Row]:
    items = Item.objects.filter(project=project, state=ItemState.READY).order_by("pk")
    for pk, sha256, group, heldout in items.values_list("pk", "blob_id", "group", "heldout"):
        known = pk in (judges if heldout else train)
        split = ("heldout" if heldout else "train") if known else "open"
        place = str(blob_path(sha256) or blob_key(sha256))
        yield Row(str(pk), place, sha256, people[pk] if known else (), split, group)


def _of_classes(project: Project, labels: list[Label]) -> dict[int, Posterior]:
    """People's posteriors over the classes alone; items that are most probably none of them are left out."""
    order = true_label_ids(project)
    columns = [order.index(label.pk) for label in labels]
    chosen = {}
    for item_id, posterior in people_posteriors(project).items():
        if int(np.argmax(posterior)) in columns:
            chosen[item_id] = _rounded(np.asarray(posterior, np.float64)[columns])
    return chosen


def _rounded(shares: npt.NDArray[np.float64]) -> Posterior:
    return tuple(round(float(share), DIGITS) for share in shares / shares.sum())


def _judges(project: Project) -> set[int]:
    """Held-out items that enough people have answered without seeing a suggestion."""
    blind = Annotation.objects.standing().filter(project=project, item__heldout=True, arm=Arm.BLIND)
    counted = blind.values("item").annotate(people=Count("user", distinct=True))
    crowd = project.members.filter(role=Role.ANNOTATOR, removed_at=None).count()
    least = min(project.heldout_answers, max(crowd, 1))  # nobody is asked twice: a small crowd cannot give more
    enough = counted.filter(people__gte=least)
    return set(enough.values_list("item", flat=True))
