"""Expectation-maximisation of the noise model at a given strength of shrinkage.

A. P. Dawid and A. M. Skene (1979), Applied Statistics 28(1); the shrinkage is the mean of the Dirichlet posterior whose
prior is strength * pooled row; the classifier's temperature and class shares are fitted by the answers' likelihood.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ml.truth.answers import Answers, Floats
from ml.truth.events import DIFFERED, FOLLOWED, Events, events, sums
from ml.truth.noise import SMALLEST, Fit, People
from ml.truth.posterior import log_prior

ASSUMED_ACCURACY = 0.8  # of the pool, before anything was measured
ASSUMED_ANSWERS = 2.0  # a row by which that assumption counts
ASSUMED_COPY_RATE = 0.2
ASSUMED_COPIES = 10.0  # answers with a suggestion in view by which that assumption counts
COPY_STRENGTH = 20.0  # the same for one person against the rate of all
IMPORTED_STRENGTH = 10.0  # items a class by which an imported label's row is shrunk to one error rate
TOLERANCE = 1e-5  # of log-likelihood an answer
MAX_ITERATIONS = 100
SHARPEST = 10.0


def assumed(n_classes: int, n_symbols: int) -> Fit:
    """The noise model before anything was measured."""
    base = min(n_symbols, n_classes + 1)
    pooled = np.full((n_classes, base), (1 - ASSUMED_ACCURACY) / (base - 1))
    np.fill_diagonal(pooled, ASSUMED_ACCURACY)
    flat = np.full(n_classes, 1 / n_classes)
    return Fit(
        n_classes=n_classes,
        n_symbols=n_symbols,
        prior=flat,
        pooled=pooled,
        people=People.nobody(n_classes),
        strength=float("inf"),
        copy_rate=ASSUMED_COPY_RATE,
        copy_strength=COPY_STRENGTH,
        sharpness=1.0,
        bias=np.zeros(n_classes),
        imported=pooled[:, :n_classes] / pooled[:, :n_classes].sum(axis=1, keepdims=True),
    )


def default_teachers(answers: Answers, gold: NDArray[np.integer] | None) -> NDArray[np.bool_]:
    """The items (N,) that teach confusion: gold or two answers; one answer cannot tell error from prior."""
    several = answers.per_item() >= 2
    return several if gold is None else several | (gold >= 0)


def estimate(
    answers: Answers,
    *,
    strength: float,
    teaches: NDArray[np.bool_],
    classifier: Floats | None = None,
    gold: NDArray[np.integer] | None = None,
    imported: NDArray[np.integer] | None = None,
    start: Fit | None = None,
    tolerance: float = TOLERANCE,
    max_iterations: int = MAX_ITERATIONS,
) -> Fit:
    """The noise model at this strength; teaches (N,) marks the items from which confusion is learnt."""
    golden = np.full(answers.n_items, -1) if gold is None else gold
    told = np.zeros(answers.n_items, bool) if imported is None else imported >= 0
    informed = (answers.per_item() > 0) | told
    kinds = events(answers, teaches)
    current = start or assumed(answers.n_classes, answers.n_symbols)
    current = replace(current, strength=strength, people=People.nobody(answers.n_classes))
    before = -np.inf
    for iteration in range(1, max_iterations + 1):
        rows = np.log(_event_likelihood(current, kinds))
        score = log_prior(current, classifier, answers.n_items, imported) + kinds.by_item @ rows
        truth, evidence = _expect(score, golden)
        reached = float(evidence[informed].sum()) / max(len(answers), 1)
        current = _maximise(current, kinds, truth, answers.n_people)
        current = _fit_prior(current, truth, informed & (golden < 0), classifier)
        if imported is not None:
            current = replace(current, imported=_fit_imported(truth, imported, teaches))
        current = replace(current, log_likelihood=reached, iterations=iteration)
        if reached - before < tolerance:
            break
        before = reached
    return current


def _event_likelihood(current: Fit, kinds: Events) -> Floats:
    """P(event | true class), (E, K)."""
    shown = np.select([kinds.manner == FOLLOWED, kinds.manner == DIFFERED], [kinds.symbol, -2], -1)
    return current.likelihood(kinds.symbol, kinds.person, shown)


def _expect(score: Floats, golden: NDArray[np.integer]) -> tuple[Floats, Floats]:
    """Class probabilities (N, K), gold items certain, and each item's log evidence (N,)."""
    known = np.flatnonzero(golden >= 0)
    only = score[known, golden[known]]
    score[known] = -np.inf
    score[known, golden[known]] = only
    top = score.max(axis=1, keepdims=True)
    weight = np.exp(score - top)
    total = weight.sum(axis=1, keepdims=True)
    return weight / total, (top + np.log(total))[:, 0]


def _maximise(current: Fit, kinds: Events, truth: Floats, n_people: int) -> Fit:
    """New confusion, people and copy rates from expected class probabilities."""
    n_classes, base = current.pooled.shape
    expected = np.asarray(kinds.by_event @ truth)
    own, copied = _uncopied(current, kinds, expected)
    named = kinds.cell >= 0
    count = sums(kinds.cell[named], own[named], kinds.cells.size)
    if not named.all():
        count += _refusals(current, kinds, own, ~named)
    person, symbol = np.divmod(kinds.cells, n_classes + 1)
    anchor = assumed(n_classes, current.n_symbols)
    pooled = sums(symbol, count, base).T + ASSUMED_ANSWERS * anchor.pooled
    in_view = np.where(kinds.manner > 0, expected.sum(axis=1), 0.0)
    shown = np.bincount(kinds.person, weights=in_view, minlength=n_people).astype(np.float64)
    copies = np.bincount(kinds.person, weights=copied, minlength=n_people).astype(np.float64)
    rate = (copies.sum() + ASSUMED_COPIES * ASSUMED_COPY_RATE) / (shown.sum() + ASSUMED_COPIES)
    people = People(kinds.cells, count, sums(person, count, n_people), copies, shown)
    return replace(current, pooled=pooled / pooled.sum(axis=1, keepdims=True), people=people, copy_rate=float(rate))


def _uncopied(current: Fit, kinds: Events, expected: Floats) -> tuple[Floats, Floats]:
    """The expected answers (E, K) that were the person's own, and the expected copies (E,)."""
    followed = kinds.manner == FOLLOWED
    copy = np.where(followed, current.copy_rates(kinds.person), 0.0)[:, None]
    whole = _event_likelihood(current, kinds)
    copied = expected * copy / whole
    return expected - copied, copied.sum(axis=1)


def _refusals(current: Fit, kinds: Events, own: Floats, refused: NDArray[np.bool_]) -> Floats:
    """A "not c" spread (M, K) over the person's other symbols in proportion to their probability."""
    n_classes, base = current.pooled.shape
    person, asked = kinds.person[refused], kinds.symbol[refused] - n_classes - 1
    spread = np.zeros((kinds.cells.size, n_classes))
    blind = np.full(person.size, -1)
    rest = current.likelihood(kinds.symbol[refused], person, blind)
    for symbol in range(base):
        theta = current.likelihood(np.full(person.size, symbol), person, blind)
        share = np.where((asked == symbol)[:, None], 0.0, own[refused] * theta / rest)
        cell = np.searchsorted(kinds.cells, person * (n_classes + 1) + symbol)
        spread += sums(cell, share, kinds.cells.size)
    return spread


def _fit_prior(current: Fit, truth: Floats, learn: NDArray[np.bool_], classifier: Floats | None) -> Fit:
    """Class shares from the items that were chosen for no known class, and the classifier's temperature."""
    prior = truth[learn].sum(axis=0) + 1
    current = replace(current, prior=prior / prior.sum())
    if classifier is None:
        return current
    use = learn & ~np.isnan(classifier).any(axis=1)
    return _fit_classifier(current, truth[use], np.log(np.maximum(classifier[use], SMALLEST)))


def _fit_classifier(current: Fit, truth: Floats, logits: Floats) -> Fit:
    """One Newton step of the inverse temperature on expected log-likelihood, one scaling step of the class shares."""
    if not len(truth):
        return current
    score = current.sharpness * logits + current.bias
    chance = np.exp(score - score.max(axis=1, keepdims=True))
    chance /= chance.sum(axis=1, keepdims=True)
    mean = (chance * logits).sum(axis=1)
    slope = float(((truth * logits).sum(axis=1) - mean).sum())
    curve = float(((chance * logits**2).sum(axis=1) - mean**2).sum()) + SMALLEST
    sharpness = float(np.clip(current.sharpness + np.clip(slope / curve, -0.5, 0.5), 0.0, SHARPEST))
    bias = current.bias + np.log(truth.sum(axis=0) + 1) - np.log(chance.sum(axis=0) + 1)
    return replace(current, sharpness=sharpness, bias=bias - bias.mean())


def _fit_imported(truth: Floats, imported: NDArray[np.integer], teaches: NDArray[np.bool_]) -> Floats:
    """P(imported label | true class), (K, K), shrunk to one error rate for all, itself measured."""
    use = teaches & (imported >= 0)
    n_classes = truth.shape[1]
    count = sums(imported[use].astype(np.int64), truth[use], n_classes).T
    right = (np.trace(count) + ASSUMED_ANSWERS * ASSUMED_ACCURACY) / (count.sum() + ASSUMED_ANSWERS)
    target = np.full((n_classes, n_classes), (1 - right) / (n_classes - 1))
    np.fill_diagonal(target, right)
    return np.asarray((count + IMPORTED_STRENGTH * target) / (count.sum(axis=1, keepdims=True) + IMPORTED_STRENGTH))
