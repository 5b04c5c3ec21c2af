"""How far people are shrunk to the pool, chosen by how well held-out answers are foretold; the truth plays no part."""

from __future__ import annotations

import numpy as np

from ml.truth.answers import Floats
from ml.truth.em import estimate
from ml.truth.hearing import Hearing
from ml.truth.noise import Fit
from ml.truth.posterior import evidence

STRENGTHS = (float("inf"), 100.0, 30.0, 10.0, 3.0, 1.0)
HELD_OUT = 0.2
CLEARLY_WORSE = 3.0  # standard errors below the best: less shrinkage yet would be worse still
TOLERANCE = 1e-4  # of log-likelihood an answer: the scores differ by far more
SEED = 20_221_117


def choose(said: Hearing, *, difficulty: bool = True, seed: int = SEED) -> tuple[float, Fit | None]:
    """The strength under which held-out answers are likeliest, and the model fitted to the rest at that strength.

    The pool alone unless another is surely better; no model where nothing can be held out.
    """
    held = np.random.default_rng(seed).random(len(said.answers)) < HELD_OUT
    kept = said.with_answers(said.answers.where(~held))
    asked = np.unique(said.answers.item[held])
    asked = asked[kept.answers.per_item()[asked] > 0]
    if asked.size < 2:
        return STRENGTHS[0], None
    scores: list[Floats] = []
    fits: list[Fit] = []
    for strength in STRENGTHS:
        start = fits[-1] if fits else None
        fits.append(estimate(kept, strength=strength, difficulty=difficulty, start=start, tolerance=TOLERANCE))
        scores.append(foretold(fits[-1], kept, said)[asked])
        if _surely_above(scores[_best(scores)], scores[-1], CLEARLY_WORSE):
            break
    best = _best(scores) if _surely_above(scores[_best(scores)], scores[0], 1.0) else 0
    return STRENGTHS[best], fits[best]


def foretold(fit: Fit, kept: Hearing, said: Hearing) -> Floats:
    """Log probability (N,) of each item's further answers, given those that were kept."""
    whole, part = (evidence(fit, t.answers, t.classifier, imported=t.imported) for t in (said, kept))
    return whole - part


def _best(scores: list[Floats]) -> int:
    """The place of the best mean."""
    return int(np.argmax([score.mean() for score in scores]))


def _surely_above(first: Floats, second: Floats, errors: float) -> bool:
    """Whether the first is better by so many standard errors of the paired difference over items."""
    gain = first - second
    return bool(gain.mean() > errors * gain.std() / np.sqrt(gain.size))
