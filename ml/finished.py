"""A training that came to its end, kept beside its model until it is judged: a process killed then need not train."""

import json
from pathlib import Path
from typing import Any

from ml.checkpoint import Tensors, load_checkpoint, save_checkpoint
from ml.recipe import Recipe, Trained
from ml.snapshot import Snapshot

NAME = "finished"
PLAIN = ("temperature", "accuracy", "nll", "seconds")


def keep_finished(snapshot: Snapshot, trained: Trained) -> None:
    """Write all of it but the curve."""
    tensors: Tensors = {
        "probabilities": trained.probabilities, "out_of_fold": trained.out_of_fold, "embeddings": trained.embeddings,
        "prior": trained.prior,
    }  # fmt: skip
    if trained.together is not None:
        tensors["together"] = trained.together
    about: dict[str, Any] = {name: getattr(trained, name) for name in PLAIN}
    about |= {"key": _key(snapshot, trained.recipe), "notes": trained.notes, "recipe": trained.recipe.to_json()}
    save_checkpoint(trained.folder, NAME, tensors, about)


def finished(folder: Path, snapshot: Snapshot, recipe: Recipe) -> Trained | None:
    """What was kept of the same snapshot and recipe, wherever it ran; None where there is nothing, or no model."""
    found = load_checkpoint(folder, NAME)
    if found is None or found[1]["key"] != _key(snapshot, recipe) or load_checkpoint(folder, "model") is None:
        return None
    tensors, about = found
    return Trained(
        folder=folder, classes=snapshot.classes, recipe=Recipe.from_json(about["recipe"]),
        probabilities=tensors["probabilities"], out_of_fold=tensors["out_of_fold"], embeddings=tensors["embeddings"],
        prior=tensors["prior"], curve=(), notes=tuple(about["notes"]), together=tensors.get("together"),
        **{name: about[name] for name in PLAIN},
    )  # fmt: skip


def forget_finished(folder: Path) -> None:
    """Remove it: the model alone stays."""
    for stale in folder.glob(f"{NAME}.*"):
        stale.unlink()


def _key(snapshot: Snapshot, recipe: Recipe) -> str:
    return f"{snapshot.hash} {json.dumps(recipe.to_json() | {'device': ''}, sort_keys=True)}"
