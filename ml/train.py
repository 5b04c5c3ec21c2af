"""Train from a snapshot in a plain folder: out-of-fold first, then temperature, then the final model.

    snapshot -> inputs -> folds: fit without fold f, predict fold f -> temperature -> fit on all -> model.safetensors

With members the same is done once for each of them first, and the model that is saved learns from them too.
Held-out rows are predicted at the very end and looked at by nothing here.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from scipy.special import softmax

from ml import parallel
from ml.calibration import fit_temperature, likelihood_loss, temperature_by_fold
from ml.checkpoint import save_checkpoint
from ml.ensemble import forget_members, members_say, taught
from ml.head import log_prior
from ml.inputs import Inputs, load_inputs
from ml.part import Fitted, Part, check_labels, training_part
from ml.ragged import LONGEST, Ragged
from ml.recipe import (
    DEFAULT_RECIPES,
    Augment,
    CannotTrain,
    Diverged,
    Progress,
    Recipe,
    Stop,
    Stopped,
    Trained,
    usual_recipe,
)
from ml.snapshot import Snapshot
from ml.train_head import fit_head
from ml.train_net import fit_net

__all__ = [
    "DEFAULT_RECIPES",
    "Augment",
    "CannotTrain",
    "Diverged",
    "Recipe",
    "Stopped",
    "Trained",
    "train",
    "usual_recipe",
]


def train(
    snapshot: Snapshot,
    recipe: Recipe,
    out_dir: Path,
    on_progress: Progress = lambda _: None,
    should_stop: Stop = lambda: False,
) -> Trained:
    """Train, calibrate, predict every row, and save the model in `out_dir`.

    A second call with the same snapshot, recipe and folder goes on where a killed one was.
    Raises CannotTrain, Diverged or Stopped; then nothing in `out_dir` is called model.json.
    """
    began = time.monotonic()
    curve: list[dict[str, Any]] = []

    def report(event: dict[str, Any]) -> None:
        curve.append(event)
        on_progress(event)

    check_labels(snapshot, recipe)
    inputs, unreadable = load_inputs(snapshot, recipe, _every_hundredth(on_progress), should_stop)
    part = training_part(snapshot, recipe, unreadable)
    fitter = fit_head if recipe.kind == "head" else fit_net
    together = None
    if recipe.members:
        together = members_say(fitter, inputs, part, recipe, out_dir, snapshot.hash, report, should_stop)
    learnt = part if together is None else taught(part, together)
    fitted = fitter(inputs, learnt, recipe, out_dir, snapshot.hash, report, should_stop)
    trained = _calibrate(snapshot, recipe, out_dir, part, fitted, unreadable)
    trained = replace(trained, notes=_notes(snapshot, unreadable, inputs))
    trained = replace(trained, curve=tuple(curve), together=together, seconds=time.monotonic() - began)
    if parallel.rank() == 0:
        _save(snapshot, trained, fitted)
        forget_members(out_dir)
    return trained


def _calibrate(
    snapshot: Snapshot, recipe: Recipe, out_dir: Path, part: Part, fitted: Fitted, unreadable: list[int]
) -> Trained:
    """Temperatures from out-of-fold predictions alone: one for the model, and one a fold for its own rows."""
    logits = fitted.logits / (temperature := fit_temperature(fitted.out_of_fold, part.targets, part.weights))
    by_fold = temperature_by_fold(fitted.out_of_fold, part.targets, part.weights, part.folds)
    logits[part.rows] = fitted.out_of_fold / by_fold[:, None]
    probabilities = softmax(logits, axis=1).astype(np.float32)
    probabilities[unreadable] = np.nan
    out_of_fold = np.zeros(len(logits), dtype=bool)
    out_of_fold[part.rows] = True
    correct = fitted.out_of_fold.argmax(axis=1) == part.targets.argmax(axis=1)
    return Trained(
        folder=out_dir,
        classes=snapshot.classes,
        recipe=recipe,
        probabilities=probabilities,
        out_of_fold=out_of_fold,
        embeddings=fitted.embeddings,
        temperature=temperature,
        accuracy=float(correct.mean()),
        nll=likelihood_loss(logits[part.rows], part.targets, part.weights),
        prior=np.exp(log_prior(part.targets, part.weights)),
        curve=(),
        notes=(),
        seconds=0.0,
    )


def _notes(snapshot: Snapshot, unreadable: Sequence[int], inputs: Inputs) -> tuple[str, ...]:
    """What the owner should know of this run."""
    cut = inputs.cut if isinstance(inputs, Ragged) else ()
    left_out, long = (", ".join(snapshot.rows[at].id for at in rows[:10]) for rows in (unreadable, cut))
    notes = [f"{len(unreadable)} files could not be read and were left out: {left_out}"] if unreadable else []
    if cut:
        notes.append(f"{len(cut)} sounds are longer than {LONGEST:g} s; their loudest {LONGEST:g} s were taken: {long}")
    return tuple(notes)


def _save(snapshot: Snapshot, trained: Trained, fitted: Fitted) -> None:
    """The model, whole, under the name "model"."""
    about = {
        "classes": list(trained.classes),
        "media": snapshot.kind,
        "feature_version": trained.recipe.backbone or snapshot.feature_version,
        "snapshot": snapshot.hash,
        "recipe": trained.recipe.to_json(),
        "temperature": trained.temperature,
        "prior": trained.prior.tolist(),
        "accuracy": trained.accuracy,
        "nll": trained.nll,
        "seconds": round(trained.seconds, 3),
        "torch": torch.__version__,
        **fitted.about,
    }
    save_checkpoint(trained.folder, "model", fitted.tensors, about)


def _every_hundredth(on_progress: Progress) -> Callable[[int, int], None]:
    """Progress of reading files, in at most some hundred calls."""

    def count(done: int, total: int) -> None:
        if done == total or done % max(total // 100, 1) == 0:
            on_progress({"phase": "inputs", "done": done, "total": total})

    return count
