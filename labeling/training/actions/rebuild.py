"""Make a model again from its snapshot, its recipe with the seed, and the code that is here."""

import shutil
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from django.contrib.auth.models import User
from django.db import transaction

from labeling.audit.actions import record
from labeling.datasets import folders
from labeling.embeddings.actions import ensure
from labeling.errors import Conflict, NotFound
from labeling.registry import artefacts
from labeling.registry.models import ModelVersion
from labeling.training.actions.features import features_of
from labeling.training.actions.opinions import keep
from labeling.training.actions.priors import expect
from labeling.training.code import code_version
from labeling.training.models import Run
from ml.checkpoint import load_checkpoint
from ml.train import Recipe, train


@dataclass(frozen=True)
class Rebuilt:
    """What came of it: the largest gap between old and new weights (None where the old ones are gone)."""

    gap: float | None
    same_code: bool
    restored: bool


def rebuild(*, actor: User | None, version: ModelVersion) -> Rebuilt:
    """Train again beside the model's files and compare; where these are gone, the new ones take their place."""
    run = Run.objects.filter(model_version=version).select_related("snapshot", "project").first()
    if run is None or run.snapshot is None:
        raise NotFound("no run made this model", field="model")
    beside = artefacts.folder(f"{version.artefact}.again")
    shutil.rmtree(beside, ignore_errors=True)
    try:
        _train(run, version, beside)
        made = _settle(version, beside, same_code=run.code == code_version())
    finally:
        shutil.rmtree(beside, ignore_errors=True)
    _note(actor, version, made)
    return made


def _train(run: Run, version: ModelVersion, beside: Path) -> None:
    if run.snapshot is None:
        raise NotFound("no snapshot", field="model")
    frozen = folders.read(run.snapshot)
    recipe = replace(Recipe.from_json(version.recipe), device="cuda" if torch.cuda.is_available() else "cpu")
    if recipe.kind == "head":
        ensure(project=run.project)
        frozen = features_of(frozen)
    trained = train(frozen, recipe, beside)
    keep(beside, frozen, expect(trained, version.metrics.get("priors")))


def _settle(version: ModelVersion, beside: Path, *, same_code: bool) -> Rebuilt:
    place = artefacts.path_of(version)
    old, new = load_checkpoint(place, "model"), load_checkpoint(beside, "model")
    if new is None:
        raise Conflict("The training left no model.")
    if old is None:
        shutil.rmtree(place, ignore_errors=True)
        place.parent.mkdir(parents=True, exist_ok=True)
        beside.rename(place)
        return Rebuilt(None, same_code, restored=True)
    if old[0].keys() != new[0].keys():
        raise Conflict("The model that was made again is built in another way; the code has changed too much.")
    gap = max(float(np.abs(old[0][name].astype(np.float64) - new[0][name]).max()) for name in old[0])
    return Rebuilt(gap, same_code, restored=False)


@transaction.atomic
def _note(actor: User | None, version: ModelVersion, made: Rebuilt) -> None:
    record(
        actor=actor, verb="rebuilt", row=version, project_id=version.project_id, gap=made.gap,
        same_code=made.same_code, restored=made.restored,
    )  # fmt: skip
