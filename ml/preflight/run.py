"""All checks of a recipe on a snapshot, on a few of its rows: seconds on a CPU."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from ml.head import Array, log_prior
from ml.inputs import batch_of, load_inputs, vectors
from ml.kernel import kernel_of
from ml.networks import build
from ml.part import Part, planned_folds, training_part
from ml.preflight.check import Check, failures, reason
from ml.preflight.head import check_head
from ml.preflight.network import HEART_RATE, check_blind, check_first_loss, check_gradients, check_overfit, check_seeds
from ml.preflight.samples import Sample, save_samples
from ml.preflight.sides import check_sides, check_sources
from ml.recipe import Recipe, Stop, Stopped
from ml.ridge import USUAL as RIDGE_USUAL
from ml.ridge import ridge_rows, ridge_says
from ml.snapshot import Snapshot
from ml.step import to_floats
from ml.train_net import first_losses

SHOWN = 16  # items written for the owner
LOOKED_AT = 200  # rows that the checks of a head see
BATCH = 12  # rows that a network learns by heart
FEWEST = 3  # where memory does not suffice for more
FIRST_STEPS = 3
TUNED_RATE = 1e-3  # a packaged network forgets what it knows at the rate of one from scratch


@dataclass(frozen=True)
class Preflight:
    """The rows for the run's page, and what entered."""

    checks: tuple[Check, ...]
    samples: tuple[Sample, ...]

    @property
    def passed(self) -> bool:
        """Whether the run may go on."""
        return not failures(self.checks)

    @property
    def reason(self) -> str:
        """What stopped it; empty where nothing did."""
        return reason(self.checks)

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "passed": self.passed, "reason": self.reason, "checks": [check.to_json() for check in self.checks],
            "samples": [sample.to_json() for sample in self.samples],
        }  # fmt: skip


def preflight(
    snapshot: Snapshot,
    recipe: Recipe,
    folder: Path,
    *,
    sources: Sequence[str] = (),
    declared: Mapping[str, Sequence[str]] | None = None,
    should_stop: Stop = lambda: False,
) -> Preflight:
    """Run every check; `folder` takes the pictures and sounds.

    `sources` (one a row of the snapshot, or none) warns where there is but one; each property in `declared` (one value
    a row) must not stand on both sides. Raises CannotTrain or Stopped as a training would.
    """
    chosen = _some(snapshot, recipe, LOOKED_AT if recipe.kind == "head" else 2 * BATCH)
    checks = [*check_sides(snapshot.rows, planned_folds(snapshot, recipe), declared), check_sources(sources)]
    entered, samples = save_samples(snapshot, [snapshot.rows[at] for at in chosen[:SHOWN]], recipe, folder)
    checks.append(entered)
    features = snapshot.features[chosen] if snapshot.features is not None else None
    few = replace(snapshot, rows=tuple(snapshot.rows[at] for at in chosen), features=features)
    inputs, unreadable = load_inputs(few, recipe, lambda done, total: None, should_stop)
    part = training_part(few, recipe, unreadable)
    if recipe.kind == "head":
        return Preflight((*checks, *_of_head(vectors(inputs)[part.rows], part, recipe, should_stop)), tuple(samples))
    batch = batch_of(inputs, part.rows[:BATCH])
    targets = torch.from_numpy(part.targets[:BATCH]).float()
    return Preflight((*checks, *_as_memory_allows(snapshot, recipe, batch, targets, should_stop)), tuple(samples))


def _of_head(entering: Array, part: Part, recipe: Recipe, should_stop: Stop) -> list[Check]:
    """The checks of the very fit that the recipe names."""
    if recipe.ridge:
        return check_head(ridge_rows(entering, recipe), part.targets, part.weights, ridge_says, RIDGE_USUAL)
    if recipe.landmarks:
        entering = kernel_of(entering, recipe.landmarks, recipe.seed, recipe.frames)(entering, should_stop)
    return check_head(entering, part.targets, part.weights)


def _as_memory_allows(
    snapshot: Snapshot, recipe: Recipe, batch: Tensor, targets: Tensor, should_stop: Stop
) -> list[Check]:
    """The checks of a network on all of the batch, or on a half or a quarter of it."""
    count = len(batch)
    while True:
        try:
            return _of_network(snapshot, recipe, batch[:count], targets[:count].to(recipe.device), should_stop)
        except torch.OutOfMemoryError:
            count //= 2
            if count < FEWEST:
                raise


def _of_network(
    snapshot: Snapshot, recipe: Recipe, batch: Tensor, targets: Tensor, should_stop: Stop
) -> list[Check]:
    marked, plain = snapshot.indices("train"), to_floats(batch, recipe)
    weights = np.array([snapshot.rows[at].weight for at in marked])
    prior = log_prior(snapshot.targets()[marked], weights)

    def make(dropout: float = recipe.dropout) -> torch.nn.Module:
        network = build(replace(recipe, dropout=dropout), prior)
        network.register_forward_pre_hook(_stopping(should_stop))
        return network

    def unhindered() -> torch.nn.Module:
        return make(dropout=0.0)

    rate = TUNED_RATE if recipe.kind == "image_transfer" else HEART_RATE
    return [
        check_first_loss(make, plain, targets, torch.from_numpy(np.exp(prior)).to(recipe.device)),
        check_overfit(unhindered, plain, targets, rate=rate),
        check_blind(make, plain, targets, rate=rate),
        check_gradients(make, plain),
        check_seeds(lambda: first_losses(batch, targets.double().cpu().numpy(), recipe, prior, FIRST_STEPS)),
    ]


def _stopping(should_stop: Stop) -> Callable[[torch.nn.Module, Any], None]:
    """Asked before each step of a check."""

    def ask(_network: torch.nn.Module, _given: Any) -> None:
        if should_stop():
            raise Stopped

    return ask


def _some(snapshot: Snapshot, recipe: Recipe, count: int) -> npt.NDArray[np.intp]:
    """Rows to learn from, drawn by the seed, every class in turn, so that a rare one is among them."""
    rows = snapshot.indices("train")
    rows = np.random.default_rng(recipe.seed).permutation(rows)
    classes = snapshot.targets()[rows].argmax(axis=1)
    turn = np.empty(len(rows), np.intp)  # how many of its class come before it
    for own in np.unique(classes):
        inside = np.flatnonzero(classes == own)
        turn[inside] = np.arange(len(inside))
    return rows[np.argsort(turn, kind="stable")][:count]
