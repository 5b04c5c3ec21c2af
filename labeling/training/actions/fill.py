"""Let the promoted model speak of items that came after it; and drop what models said that speak no more."""

import json
import logging

import numpy as np
from django.db import connection, transaction
from django.db.models import Exists, OuterRef

from labeling.embeddings.actions import ensure
from labeling.embeddings.reads import backbone_of, missing, vectors
from labeling.items.models import Item, ItemState
from labeling.items.storage import blob_path
from labeling.projects.models import Project
from labeling.registry.artefacts import path_of
from labeling.registry.models import ModelVersion
from labeling.registry.reads import previous, promoted
from labeling.suggestions.actions import Opinion, write
from labeling.suggestions.models import Suggestion
from labeling.training.actions.opinions import kept
from ml.predict import predict

log = logging.getLogger(__name__)
BATCH = 2_000  # items of one turn: the rest waits for the next

FORGET = """
DELETE FROM labeling_suggestion s USING labeling_modelversion v
WHERE v.id = s.model_version_id AND v.project_id = %(project)s AND v.id <> ALL(%(speaking)s)
  AND NOT EXISTS (SELECT 1 FROM labeling_lease l WHERE l.suggestion_id = s.id OR l.withheld_id = s.id)
  AND NOT EXISTS (SELECT 1 FROM labeling_annotation a WHERE a.suggestion_id = s.id)
"""


def fill(*, project: Project) -> int:
    """Write the promoted model's suggestions for ready items that have none; returns how many."""
    version = promoted(project)
    if version is None or not _can_be_asked(version):
        return 0
    silent = _silent(version)
    if not silent:
        return 0
    wanted = {item.pk for item in silent}
    rows = [opinion for opinion in kept(path_of(version)) if opinion.item_id in wanted]
    told = {opinion.item_id for opinion in rows}
    return write(version=version, rows=[*rows, *_ask(version, [item for item in silent if item.pk not in told])])


def forget(*, project: Project) -> int:
    """Drop unshown suggestions of all models but the promoted one and the one before it; returns how many."""
    speaking = [version.pk for version in (promoted(project), previous(project)) if version is not None]
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(FORGET, {"project": project.pk, "speaking": speaking})
        return int(cursor.rowcount)


def _can_be_asked(version: ModelVersion) -> bool:
    """Whether its weights are there, and made for the features that are computed now, if they can be."""
    about = path_of(version) / "model.json"
    if not about.exists():
        log.warning("Model %s of project %s has lost its files.", version.number, version.project_id)
        return False
    made_for: str = json.loads(about.read_text())["feature_version"]
    seen_now = backbone_of(version.project)
    return bool(version.recipe["kind"] != "head" or (made_for == seen_now and not missing(seen_now)))


def _silent(version: ModelVersion) -> list[Item]:
    said = Suggestion.objects.filter(model_version=version, item=OuterRef("pk"))
    items = Item.objects.filter(project=version.project_id, state=ItemState.READY)
    return list(items.filter(~Exists(said)).select_related("blob").order_by("pk")[:BATCH])


def _ask(version: ModelVersion, items: list[Item]) -> list[Opinion]:
    """The model's opinion of items that it never learnt from; items whose file cannot be read get none."""
    if not items:
        return []
    priors: list[float] | None = version.metrics.get("priors")
    if version.recipe["kind"] == "head":
        ensure(project=version.project, limit=BATCH)
        present, features = vectors([item.blob_id for item in items], backbone_of(version.project))
        items = [item for item in items if item.blob_id in set(present)]
        probabilities = np.empty((0, 0), np.float32)
        if items:
            probabilities, _ = predict(path_of(version), features=features, priors=priors)
    else:
        found = [(item, path) for item in items if (path := blob_path(item.blob_id)) is not None]
        items = [item for item, _ in found]
        probabilities = np.empty((0, 0), np.float32)
        if items:
            probabilities, _ = predict(path_of(version), files=[path for _, path in found], priors=priors)
    return [
        Opinion(item.pk, tuple(row), out_of_fold=False)
        for item, row in zip(items, probabilities.tolist(), strict=True)
        if np.isfinite(row).all()
    ]
