"""Where a model looked: pictures beside a run, for its worst mistakes by itself and for others on demand."""

from collections.abc import Sequence
from typing import Any

from labeling.items.models import Item
from labeling.items.storage import blob_path
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
    path = None if item is None else blob_path(item.blob_id)
    if version is None or item is None or path is None:
        return False
    said, _ = predict(path_of(version), files=[path], device="cpu")
    return bool(_explain(run, version, [(item.pk, int(said[0].argmax()))]))


def _explain(run: Run, version: ModelVersion, pairs: Sequence[tuple[int, int]]) -> int:
    """Of files on disk alone: a bucket's have no path, and nothing of them is shown."""
    blobs = dict(Item.objects.filter(pk__in=[item for item, _ in pairs]).values_list("pk", "blob_id"))
    found_at = [(item, said, path) for item, said in pairs if (path := blob_path(blobs[item])) is not None]
    if not found_at:
        return 0
    folder = place(run, "why")
    folder.mkdir(parents=True, exist_ok=True)
    made = 0
    pictures = explain(path_of(version), [path for *_, path in found_at], [said for _, said, _ in found_at])
    for (item, *_), found in zip(found_at, pictures, strict=True):
        if found is not None:
            write_whole(folder / f"{item}.png", found.png)
            made += 1
    return made
