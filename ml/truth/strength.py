"""How far people are shrunk to the pool, chosen by how well held-out answers are foretold; the truth plays no part."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from ml.truth.answers import Floats
from ml.truth.em import estimate
from ml.truth.events import Events, events
from ml.truth.hearing import Hearing
from ml.truth.noise import Fit
from ml.truth.posterior import evidence

STRENGTHS = (float("inf"), 100.0, 30.0, 10.0, 3.0, 1.0, 0.3)
HELD_OUT = 0.2
ENOUGH_HELD_OUT = 10_000  # answers held out in all, as far as MOST_SPLITS go
MOST_SPLITS = 4
FEWEST_ANSWERS = 10
CLEARLY_WORSE = 3.0  # standard errors below another: no chance of the held-out answers
NEGLIGIBLE = 0.02  # a share of hard items below this is left out: passes cost a third without it
TOLERANCE = 1e-4  # of log-likelihood an answer: the scores differ by far more
SEED = 20_221_117


class Shrinkage(NamedTuple):
    """What people are shrunk to, and how far: strength as in Fit, and whether skill is told apart (ml.truth.skill)."""

    strength: float
    skill: bool


class Trial(NamedTuple):
    """One way to shrink: its place among STRENGTHS, the models of each split and what they foretold (N,)."""

    place: int
    skill: bool
    fits: list[Fit]
    score: Floats

    @property
    def shrinkage(self) -> Shrinkage:
        """The way."""
        return Shrinkage(STRENGTHS[self.place], self.skill)


Try = Callable[[int, bool, Sequence[Fit | None]], Trial]


def choose(
    said: Hearing, *, difficulty: bool = True, lean: bool = False, seed: int = SEED
) -> tuple[Shrinkage, Fit | None]:
    """The shrinkage under which held-out answers are likeliest, and a model so fitted without some of them.

    The pool alone unless another strength is surely better; skill is told apart unless that is clearly worse, since
    people do differ and few answers cannot prove it. No model where nothing can be held out. lean: hard items are left
    out from where they prove negligible, as the fit of many answers does.
    """
    splits = _splits(said, seed)
    if not splits:
        return Shrinkage(STRENGTHS[0], True), None

    kinds, whole = [events(kept.answers, piles=True) for kept in splits], events(said.answers, piles=True)

    def tried(place: int, skill: bool, start: Sequence[Fit | None]) -> Trial:
        fits: list[Fit] = []
        told: list[Floats] = []
        for kept, heard, begin in zip(splits, kinds, start, strict=True):
            fit = estimate(
                kept, strength=STRENGTHS[place], skill=skill, difficulty=difficulty, start=begin,
                tolerance=TOLERANCE, kinds=heard,
            )  # fmt: skip
            fits.append(without_negligible(fit) if lean else fit)
            told.append(foretold(fits[-1], said, heard, whole))
        return Trial(place, skill, fits, np.asarray(np.mean(told, axis=0)))

    plain = _alike(tried, len(splits))
    apart = _apart(tried, plain)
    best = plain if _surely_above(plain.score, apart.score, CLEARLY_WORSE) else apart
    return best.shrinkage, best.fits[0]


def without_negligible(fit: Fit) -> Fit:
    """The same model, without hard items where they are few enough to be left out of further passes."""
    return replace(fit, hard=0.0) if fit.hard < NEGLIGIBLE else fit


def _alike(tried: Try, n_splits: int) -> Trial:
    """The best strength where nobody's skill is told apart."""
    trials = [tried(0, False, [None] * n_splits)]
    for place in range(1, len(STRENGTHS)):
        trials.append(tried(place, False, trials[-1].fits))
        best = max(trials, key=_mean)
        if _surely_above(best.score, trials[-1].score, CLEARLY_WORSE):
            break
    return best if _surely_above(best.score, trials[0].score, 1.0) else trials[0]


def _apart(tried: Try, plain: Trial) -> Trial:
    """The best strength beside skill: what skill tells already wants more shrinkage, rarely less."""
    best = tried(plain.place, True, plain.fits)
    while best.place > 0 and _mean(more := tried(best.place - 1, True, best.fits)) > _mean(best):
        best = more
    if best.place < plain.place:
        return best
    while best.place + 1 < len(STRENGTHS):
        less = tried(best.place + 1, True, best.fits)
        if not _surely_above(less.score, best.score, 1.0):
            break
        best = less
    return best


def _splits(said: Hearing, seed: int) -> list[Hearing]:
    """What is kept in each split; few answers are split several times, since one split would leave it to luck."""
    rng = np.random.default_rng(seed)
    n_splits = int(np.clip(ENOUGH_HELD_OUT / max(HELD_OUT * len(said.answers), 1), 1, MOST_SPLITS))
    splits = [said.with_answers(said.answers.where(rng.random(len(said.answers)) >= HELD_OUT)) for _ in range(n_splits)]
    return splits if len(said.answers) >= FEWEST_ANSWERS else []


def foretold(fit: Fit, said: Hearing, kept: Events, whole: Events) -> Floats:
    """Log probability (N,) of each item's further answers, given those that were kept; 0 where none were."""
    after, before = (evidence(fit, kinds, said.classifier, said.imported) for kinds in (whole, kept))
    return np.where(np.diff(kept.by_item.indptr) > 0, after - before, 0.0)


def _mean(trial: Trial) -> float:
    """By which trials are compared."""
    return float(trial.score.mean())


def _surely_above(first: Floats, second: Floats, errors: float) -> bool:
    """Whether the first is better by so many standard errors of the paired difference over items."""
    gain = first - second
    return bool(gain.mean() > errors * gain.std() / np.sqrt(gain.size))
