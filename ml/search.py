"""Random search over a stated space with a budget (Bergstra and Bengio 2012, JMLR 13), judged out of fold alone.

The recipe itself is trial 0. Another one takes its place only where its loss on the same items is lower by more than
the standard error of the difference: the best of many draws looks better than it is.
"""

import shutil
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from ml.head import Doubles
from ml.recipe import CannotTrain, Recipe, Stop
from ml.snapshot import Snapshot
from ml.train import train

Space = dict[str, tuple[Any, ...]]
BALANCES = (0.0, 0.5, 1.0)
HEAD: Space = {"landmarks": (500, 1500, 3000), "balance": BALANCES}
NETWORK: Space = {
    "lr": (1e-3, 2e-3, 4e-3, 8e-3), "weight_decay": (0.0, 0.02, 0.1), "smoothing": (0.0, 0.05, 0.1),
    "dropout": (0.0, 0.2, 0.4), "loss": ("entropy", "cosine"), "balance": BALANCES, "averaging": (0.0, 0.98),
    "mix": (0.0, 0.2), "sampling": (0.0, 0.5), "patience": (0, 5),
}  # fmt: skip
SPACES: dict[str, Space] = {
    "image": {**HEAD, "ridge": (True, False)},
    "audio": {**HEAD, "unlabelled": (0.0, 0.5)},  # aligned kernels have no least squares
}
LEAST = 1e-6  # probability: a sure mistake costs 14 nats, not infinitely many
TRIES = 50  # draws for each new one: small spaces are soon exhausted


@dataclass(frozen=True)
class Trial:
    """One recipe tried: what it changes, and how it did beside trial 0 on the same items."""

    number: int
    settings: dict[str, Any]
    loss: float | None = None  # nats an item, out of fold
    gain: float | None = None  # how much lower than that of trial 0
    error: float | None = None  # standard error of the gain
    accuracy: float | None = None
    seconds: float = 0.0
    reason: str = ""  # why it could not be trained

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self)


def space_of(recipe: Recipe, medium: str) -> Space:
    """What may be changed; `mix` is the recipe's augmentation's. A linear head has its class weights alone."""
    if recipe.kind != "head":
        return NETWORK
    return SPACES[medium] if recipe.landmarks else {"balance": BALANCES}


def drawn(recipe: Recipe, medium: str, budget: int) -> list[dict[str, Any]]:
    """Nothing, then up to `budget` different changes of the recipe; the same ones for the same seed."""
    random, space = np.random.default_rng(recipe.seed), space_of(recipe, medium)
    made: list[dict[str, Any]] = [{}]
    for _ in range(budget * TRIES):
        if len(made) > budget:
            break
        one = {name: values[int(random.integers(len(values)))] for name, values in space.items()}
        one = {name: value for name, value in one.items() if value != _now(recipe, name)}
        if one not in made:
            made.append(one)
    return made


def changed(recipe: Recipe, settings: dict[str, Any]) -> Recipe:
    """The recipe of a trial."""
    own = {name: value for name, value in settings.items() if name != "mix"}
    augment = replace(recipe.augment, mix=settings.get("mix", recipe.augment.mix))
    return replace(recipe, augment=augment, **own)


def search(
    snapshot: Snapshot,
    recipe: Recipe,
    budget: int,
    folder: Path,
    on_trial: Callable[[Trial], None] = lambda _: None,
    should_stop: Stop = lambda: False,
    done: Sequence[Trial] = (),
) -> Recipe:
    """The recipe to train with, after `budget` trials beside it; those `done` before are not tried again.

    Members are left out of the trials, and are of the recipe found again.
    Raises Stopped, or CannotTrain where the recipe itself cannot be trained. Nothing is left in `folder`.
    """
    trials, base = list(done), None
    place = folder / "trial"
    try:
        for number, settings in enumerate(drawn(recipe, snapshot.kind, budget)):
            if 0 < number < len(done):
                continue
            shutil.rmtree(place, ignore_errors=True)
            tried = replace(changed(recipe, settings), members=0)
            trial, losses = _tried(number, settings, snapshot, tried, place, base, should_stop)
            base = losses if number == 0 else base
            if number >= len(done):
                trials.append(trial)
                on_trial(trial)
    finally:
        shutil.rmtree(place, ignore_errors=True)
    return changed(recipe, chosen(trials).settings)


def chosen(trials: Sequence[Trial]) -> Trial:
    """The one with the lowest loss, if it is better than the recipe itself by more than a standard error."""
    best = min((trial for trial in trials if trial.loss is not None), key=lambda trial: trial.loss or 0.0)
    return best if (best.gain or 0.0) > (best.error or 0.0) else trials[0]


def _tried(
    number: int, settings: dict[str, Any], snapshot: Snapshot, recipe: Recipe, place: Path, base: Doubles | None,
    should_stop: Stop,
) -> tuple[Trial, Doubles | None]:  # fmt: skip
    """The trial and its loss by item; trial 0 has to succeed, of the others the reason is kept."""
    began = time.monotonic()
    try:
        trained = train(snapshot, recipe, place, should_stop=should_stop)
    except CannotTrain as error:
        if base is None:
            raise
        return Trial(number, settings, seconds=time.monotonic() - began, reason=error.reason), None
    rows = np.flatnonzero(trained.out_of_fold)
    weights = np.array([snapshot.rows[at].weight for at in rows], np.float64)
    said = np.log(np.maximum(trained.probabilities[rows].astype(np.float64), LEAST))
    losses = -(snapshot.targets()[rows] * said).sum(axis=1) * weights / weights.mean()
    gains = losses * 0 if base is None else base - losses
    return Trial(
        number, settings, float(losses.mean()), float(gains.mean()), float(gains.std() / len(gains) ** 0.5),
        trained.accuracy, time.monotonic() - began,
    ), losses  # fmt: skip


def _now(recipe: Recipe, name: str) -> Any:
    return recipe.augment.mix if name == "mix" else getattr(recipe, name)
