"""Which flagged items look or sound alike."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from labeling.embeddings.reads import backbone_of, vectors
from labeling.items.models import Item
from labeling.projects.models import Project

SAMPLE = 200  # items whose distances tell what is near in this project
NEAR = 0.05  # nearer than all but this share of the project's pairs: one pair in twenty


class Likeness:
    """Cosine distances between some items of a project; those without a vector are near nothing but themselves."""

    def __init__(self, project: Project, items: Sequence[Item]) -> None:
        self.backbone = backbone_of(project)
        sample = Item.objects.filter(project=project, state="ready").order_by("?").values_list("blob_id", flat=True)
        self.limit = _near(_unit(vectors(list(sample[:SAMPLE]), self.backbone)[1]))
        present, found = vectors(sorted({item.blob_id for item in items}), self.backbone)
        self.vector = dict(zip(present, _unit(found), strict=True))

    def nearest(self, item: Item, others: Sequence[Item]) -> Item | None:
        """The nearest of the others, if it is near enough; the item itself always is."""
        for other in others:
            if other.pk == item.pk:
                return other
        mine = self.vector.get(item.blob_id)
        known = [other for other in others if other.blob_id in self.vector]
        if mine is None or not known:
            return None
        distances = 1 - np.stack([self.vector[other.blob_id] for other in known]) @ mine
        best = int(np.argmin(distances))
        return known[best] if distances[best] <= self.limit else None


def _unit(rows: NDArray[np.float32]) -> NDArray[np.float32]:
    """Rows of length 1, (N, D)."""
    return np.asarray(rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-12), dtype=np.float32)


def _near(unit: NDArray[np.float32]) -> float:
    """The distance below which one pair in twenty lies; 0 (only the same) where there are too few items to tell."""
    if len(unit) < 3:
        return 0.0
    upper = np.triu_indices(len(unit), k=1)
    return float(np.quantile((1 - unit @ unit.T)[upper], NEAR))
