"""The stopping rule on simulated people: answers for a verified label, and what became of the target."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ml.truth.answers import Answers, Ints, collect
from ml.truth.calibration import precision
from ml.truth.dawid_skene import Fit, assumed, fit
from ml.truth.posterior import posteriors
from tests.bench.truth.judge import TARGET

N_ITEMS, N_PEOPLE, LIMIT, GROUPS, ROUNDS = 600, 6, 5, 3, 2
SKILL = (0.8, 0.95)
HARD, FOLLOW = 1 / 16, 0.5  # hard items, and how often each person takes one for the same wrong class
STRENGTH = 10.0
SEEDS = range(3)


def asking() -> dict[str, float]:
    """Means over seeds, for ten classes and for four, with hard items and without."""
    figures: dict[str, float] = {}
    for n_classes in (10, 4):
        for share in (HARD, 0.0):
            name = f"asking_{n_classes}_classes" + ("_hard" if share else "")
            rows = [_one(seed, n_classes, share) for seed in SEEDS]
            figures |= {f"{name}_{key}": float(np.mean([row[key] for row in rows])) for key in rows[0]}
    return figures


def _one(seed: int, n_classes: int, share: float) -> dict[str, float]:
    """Items come in groups; each is asked on until it states the target or the limit is reached; refits in between."""
    rng = np.random.default_rng(seed)
    truth = rng.integers(n_classes, size=N_ITEMS).astype(np.int32)
    said = _everything(rng, truth, n_classes, share)
    order = rng.permuted(np.tile(np.arange(N_PEOPLE), (N_ITEMS, 1)), axis=1)
    count = np.zeros(N_ITEMS, np.int64)
    model = assumed(n_classes, n_classes)
    for group in range(1, GROUPS + 1):
        for _ in range(ROUNDS):
            _ask(model, count, order, said, there=N_ITEMS * group // GROUPS, n_classes=n_classes)
            model = fit(_heard(count, order, said, n_classes), strength=STRENGTH)
    chance = posteriors(model, _heard(count, order, said, n_classes))
    sure = chance.max(axis=1) >= TARGET
    kept = precision(chance[sure].max(axis=1), (chance.argmax(axis=1) == truth)[sure].astype(float))
    return {
        "answers_per_label": float(count.sum()) / max(kept.n, 1),
        "verified_share": kept.n / N_ITEMS,
        "stated": kept.stated,
        "real": kept.real,
        "found_hard": model.hard,
    }


def _everything(rng: np.random.Generator, truth: Ints, n_classes: int, share: float) -> Ints:
    """What each person would say of each item, (N, P)."""
    skill = rng.uniform(*SKILL, size=N_PEOPLE)
    shape = (N_ITEMS, N_PEOPLE)
    wrong = (truth[:, None] + rng.integers(1, n_classes, shape)) % n_classes
    own = np.where(rng.random(shape) < skill, truth[:, None], wrong)
    looks = ((truth + rng.integers(1, n_classes, N_ITEMS)) % n_classes)[:, None]
    led = (rng.random(N_ITEMS) < share)[:, None] & (rng.random(shape) < FOLLOW)
    return np.where(led, looks, own).astype(np.int32)


def _heard(count: NDArray[np.int64], order: NDArray[np.int64], said: Ints, n_classes: int) -> Answers:
    """The first `count` answers to each item."""
    item, turn = np.nonzero(np.arange(N_PEOPLE) < np.asarray(count)[:, None])
    person = order[item, turn]
    return collect(item, person, said[item, person], n_classes=n_classes, n_items=N_ITEMS, n_people=N_PEOPLE)


def _ask(
    model: Fit, count: NDArray[np.int64], order: NDArray[np.int64], said: Ints, *, there: int, n_classes: int
) -> None:
    """One answer at a time to each of the first `there` items, until all are sure or at the limit."""
    while True:
        sure = posteriors(model, _heard(count, order, said, n_classes)).max(axis=1) >= TARGET
        wanted = (np.arange(N_ITEMS) < there) & (count < LIMIT) & ((count == 0) | ~sure)
        if not wanted.any():
            return
        count += wanted
