"""Where a model looked: pictures beside a run, for its worst mistakes by itself and for others on demand."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.core.files.storage import default_storage

from labeling.items.models import Item
from labeling.items.storage import blob_key
from labeling.registry.artefacts import path_of
from labeling.registry.models import ModelVersion
from labeling.training.folders import place
from labeling.training.models import Run
from ml.checkpoint import write_whole
from ml.explain import explain
from ml.predict import predict


def explain_mistakes(run: Run, version: ModelVersion, mistakes: Sequence[dict[str, Any]]) -> int:
    """Mark in each mistaken item what speaks for the class that was said; returns how many could be."""
    return _explain(run, version, [(mistake["item"], mistake["said"]) for mistake in mistakes])


def explain_item(*, run_id: int, item_id: int) -> bool:
    """The same for one item of the project and the class that the run's model says of it; False where it cannot be."""
    run = Run.objects.select_related("model_version", "project").get(pk=run_id)
    item = Item.objects.filter(project=run.project, pk=item_id).first()
    version = run.model_version
    if version is None or item is None or not _on_disk():
        return False
    said, _ = predict(path_of(version), files=[Path(default_storage.path(blob_key(item.blob_id)))], device="cpu")
    return bool(_explain(run, version, [(item.pk, int(said[0].argmax()))]))


def _explain(run: Run, version: ModelVersion, pairs: Sequence[tuple[int, int]]) -> int:
    if not pairs or not _on_disk():
        return 0
    blobs = dict(Item.objects.filter(pk__in=[item for item, _ in pairs]).values_list("pk", "blob_id"))
    files = [Path(default_storage.path(blob_key(blobs[item]))) for item, _ in pairs]
    folder = place(run, "why")
    folder.mkdir(parents=True, exist_ok=True)
    made = 0
    for (item, _), found in zip(pairs, explain(path_of(version), files, [said for _, said in pairs]), strict=True):
        if found is not None:
            write_whole(folder / f"{item}.png", found.png)
            made += 1
    return made


def _on_disk() -> bool:
    """Whether files have a path; a bucket's have none, and there is nothing to show of them."""
    try:
        default_storage.path("")
    except NotImplementedError:
        return False
    return True
