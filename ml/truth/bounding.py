"""An audit of labels: a bound from above on their share of errors, out of what fallible people said of a random sample.

An item's evidence is how likely answers are if its label is right, and if it is wrong. With an error share e
the likelihood is prod_i (1 - e) r_i + e w_i; over the improper prior 1 / (1 - e) the quantile of e is Clopper
and Pearson's upper bound (1934) where answers are never wrong, and wider where they are. What is not known of people's
error rates is kept by mixing over draws of them. The risk is spent over looks by risk / (k (k + 1)), k = 1, 2, ...,
which adds up to it: by the union bound nobody has to say beforehand how often one will look (the spending of Lan and
DeMets 1983 with a function that never ends).
"""

from __future__ import annotations

from dataclasses import replace
from math import ceil, log

import numpy as np

from ml.truth.answers import Floats
from ml.truth.noise import Fit
from ml.truth.people import People

SHARES = np.concatenate([np.arange(1, 4000) / 20_000, 0.2 + np.arange(0, 800) / 1000])  # error shares looked at
DRAWS = 20  # of people's error rates
FIRST_LOOK = 1.5  # times as many items as would do if none of them were wrong
LEAST = 30  # items of a look at the least
EASY_RISK = 0.2  # at which a threshold is chosen: the audit itself holds the promise


def spent(risk: float, look: int) -> float:
    """The risk that look k = 1, 2, ... may take."""
    return risk / (look * (look + 1))


def sample_size(allowed: float, risk: float) -> int:
    """Items of a first look, such that a set with half the allowed errors often passes."""
    return max(LEAST, ceil(FIRST_LOOK * log(risk) / log(1 - allowed)))


def sides(likelihood: Floats, labels: np.ndarray, prior: Floats) -> tuple[Floats, Floats]:
    """How likely what was said is if the label is right, and if wrong: (..., n) each.

    likelihood (..., n, K): P(answers | true class) up to a factor an item; labels (n,); prior (K,) shares the rest out.
    """
    rows = np.arange(labels.size)
    right = likelihood[..., rows, labels]
    rest = np.tile(prior, (labels.size, 1))
    rest[rows, labels] = 0.0
    rest /= rest.sum(axis=1, keepdims=True)
    return np.asarray(right), np.asarray((likelihood * rest).sum(axis=-1))


def _density(right: Floats, wrong: Floats) -> Floats:
    """Of each share of SHARES, up to a factor, mixed over draws; right, wrong (D, n)."""
    scale = np.maximum(right, wrong)
    one, two = right / scale, wrong / scale
    score = np.full((right.shape[0], SHARES.size), 0.0)
    for item in range(right.shape[1]):
        score += np.log((1 - SHARES) * one[:, item : item + 1] + SHARES * two[:, item : item + 1])
    score += np.log(scale).sum(axis=1, keepdims=True) - np.log1p(-SHARES)
    width = np.gradient(SHARES)
    return np.asarray(np.exp(score - score.max()).sum(axis=0) * width)


def bound(right: Floats, wrong: Floats, risk: float) -> float:
    """The share of errors that lies above the truth but for this risk; right, wrong (D, n) or (n,)."""
    if right.shape[-1] == 0:
        return 1.0
    total = np.cumsum(_density(np.atleast_2d(right), np.atleast_2d(wrong)))
    return float(SHARES[min(int(np.searchsorted(total / total[-1], 1 - risk)), SHARES.size - 1)])


def estimate(right: Floats, wrong: Floats) -> float:
    """The likeliest share of errors."""
    density = _density(np.atleast_2d(right), np.atleast_2d(wrong)) / np.gradient(SHARES) * (1 - SHARES)
    return float(SHARES[int(density.argmax())]) if right.shape[-1] else float("nan")


def threshold(score: Floats, right: Floats, wrong: Floats, allowed: float) -> float:
    """The lowest score above which errors seem few enough on a sample that chooses; infinite where they never do."""
    order = np.argsort(-score, kind="stable")
    sizes = np.unique(np.geomspace(LEAST, max(score.size, LEAST), 12).astype(int))
    kept = float("inf")
    for size in sizes[sizes <= score.size]:
        part = order[:size]
        if bound(right[part], wrong[part], EASY_RISK) <= allowed:
            kept = float(score[part].min())
    return kept


def drawn(fit: Fit, rng: np.random.Generator) -> Fit:
    """The same model with each person's error rates drawn from what is known of them (Dirichlet by true class)."""
    if not np.isfinite(fit.strength) or not fit.people.size:
        return fit
    base, stride = fit.pooled.shape[1], fit.n_classes + 1
    symbols = np.tile(np.arange(base), fit.people.size)
    people = np.repeat(np.arange(fit.people.size), base)
    held_to = fit.strength * fit.expected(people, symbols)
    known = fit.people.counts(people, symbols, fit.n_classes) + held_to
    rates = rng.gamma(np.maximum(known, 1e-6)).reshape(fit.people.size, base, fit.n_classes)
    rates /= np.maximum(rates.sum(axis=1, keepdims=True), 1e-300)
    count = rates * (fit.people.total + fit.strength)[:, None, :] - held_to.reshape(rates.shape)
    held = People(
        people.astype(np.int64) * stride + symbols, count.reshape(-1, fit.n_classes), fit.people.total,
        fit.people.copied, fit.people.shown, fit.people.skill,
    )  # fmt: skip
    return replace(fit, people=held)
