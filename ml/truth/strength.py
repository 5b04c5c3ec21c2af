"""How far people are shrunk to the pool, chosen by how well held-out answers are foretold; the truth plays no part."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ml.truth.answers import Answers, Floats
from ml.truth.em import estimate
from ml.truth.noise import Fit
from ml.truth.posterior import posteriors

STRENGTHS = (float("inf"), 100.0, 30.0, 10.0, 3.0, 1.0)
HELD_OUT = 0.2
ENOUGH_ANSWERS = 50_000  # whole items are drawn up to this many answers: more would not move the choice
SEED = 20_221_117


def choose(
    answers: Answers,
    *,
    teaches: NDArray[np.bool_],
    classifier: Floats | None = None,
    gold: NDArray[np.integer] | None = None,
    imported: NDArray[np.integer] | None = None,
    seed: int = SEED,
) -> float:
    """The strength under which held-out answers are likeliest; the pool alone unless another is surely better."""
    rng = np.random.default_rng(seed)
    answers = _some_items(answers, teaches, rng)
    held = rng.random(len(answers)) < HELD_OUT
    kept, asked = answers.where(~held), answers.where(held)
    asked = asked.where(kept.per_item()[asked.item] > 0)
    if len(asked) < 2:
        return float("inf")
    scores: list[Floats] = []
    start: Fit | None = None
    for strength in STRENGTHS:
        start = estimate(
            kept, strength=strength, teaches=teaches, classifier=classifier, gold=gold, imported=imported, start=start
        )
        truth = posteriors(start, kept, classifier, imported=imported)
        scores.append(foretold(start, truth, asked))
    return STRENGTHS[_best(scores)]


def foretold(fit: Fit, truth: Floats, asked: Answers) -> Floats:
    """Log probability (A,) of answers that the fit has not seen, given its view (N, K) of their items."""
    rows = fit.likelihood(asked.symbol, asked.person, asked.shown)
    return np.asarray(np.log((truth[asked.item] * rows).sum(axis=1)))


def _best(scores: list[Floats]) -> int:
    """The best mean, or the pool (first) where the paired gain over it is under one standard error."""
    best = int(np.argmax([score.mean() for score in scores]))
    gain = scores[best] - scores[0]
    return best if gain.mean() > gain.std() / np.sqrt(gain.size) else 0


def _some_items(answers: Answers, teaches: NDArray[np.bool_], rng: np.random.Generator) -> Answers:
    """Answers to items that teach, at most about ENOUGH_ANSWERS of them, whole items drawn at random."""
    answers = answers.where(teaches[answers.item])
    if len(answers) <= ENOUGH_ANSWERS:
        return answers
    drawn = rng.random(answers.n_items) < ENOUGH_ANSWERS / len(answers)
    return answers.where(drawn[answers.item])
