"""How far people are shrunk to the pool, chosen by how well held-out answers are foretold; the truth plays no part."""

from __future__ import annotations

import numpy as np

from ml.truth.answers import Floats
from ml.truth.em import estimate
from ml.truth.hearing import Hearing
from ml.truth.noise import Fit
from ml.truth.posterior import evidence

STRENGTHS = (float("inf"), 100.0, 30.0, 10.0, 3.0, 1.0, 0.3)
HELD_OUT = 0.2
ENOUGH_HELD_OUT = 10_000  # answers held out in all, as far as MOST_SPLITS go
MOST_SPLITS = 4
FEWEST_ANSWERS = 10
CLEARLY_WORSE = 3.0  # standard errors below the best: less shrinkage yet would be worse still
TOLERANCE = 1e-4  # of log-likelihood an answer: the scores differ by far more
SEED = 20_221_117


def choose(said: Hearing, *, difficulty: bool = True, seed: int = SEED) -> tuple[float, Fit | None]:
    """The strength under which held-out answers are likeliest, and a model fitted at that strength without some.

    The pool alone unless another is surely better; no model where nothing can be held out.
    """
    splits = _splits(said, seed)
    if not splits:
        return STRENGTHS[0], None
    scores: list[Floats] = []
    fits: list[list[Fit | None]] = [[None] * len(splits)]
    for strength in STRENGTHS:
        found = [
            estimate(kept, strength=strength, difficulty=difficulty, start=start, tolerance=TOLERANCE)
            for kept, start in zip(splits, fits[-1], strict=True)
        ]
        fits.append(list(found))
        told = [foretold(model, kept, said) for model, kept in zip(found, splits, strict=True)]
        scores.append(np.mean(told, axis=0))
        if _surely_above(scores[_best(scores)], scores[-1], CLEARLY_WORSE):
            break
    best = _best(scores) if _surely_above(scores[_best(scores)], scores[0], 1.0) else 0
    return STRENGTHS[best], fits[best + 1][0]


def _splits(said: Hearing, seed: int) -> list[Hearing]:
    """What is kept in each split; few answers are split several times, since one split would leave it to luck."""
    rng = np.random.default_rng(seed)
    n_splits = int(np.clip(ENOUGH_HELD_OUT / max(HELD_OUT * len(said.answers), 1), 1, MOST_SPLITS))
    splits = [said.with_answers(said.answers.where(rng.random(len(said.answers)) >= HELD_OUT)) for _ in range(n_splits)]
    return splits if len(said.answers) >= FEWEST_ANSWERS else []


def foretold(fit: Fit, kept: Hearing, said: Hearing) -> Floats:
    """Log probability (N,) of each item's further answers, given those that were kept; 0 where none were."""
    whole, part = (evidence(fit, t.answers, t.classifier, imported=t.imported) for t in (said, kept))
    return np.where(kept.answers.per_item() > 0, whole - part, 0.0)


def _best(scores: list[Floats]) -> int:
    """The place of the best mean."""
    return int(np.argmax([score.mean() for score in scores]))


def _surely_above(first: Floats, second: Floats, errors: float) -> bool:
    """Whether the first is better by so many standard errors of the paired difference over items."""
    gain = first - second
    return bool(gain.mean() > errors * gain.std() / np.sqrt(gain.size))
