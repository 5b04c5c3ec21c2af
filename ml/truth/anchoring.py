"""How far suggestions bend answers: people shown a wrong suggestion beside people who, by chance, were not.

A person takes the suggested class s with probability c + (1 - c) b where it is in view, and b where it is not: b is how
often that wrong class is said unasked, c the copy rate. Both arms are drawn by chance for each answer, and whether the
suggestion is wrong is known from gold or from what others had said blind before, so that nothing but the suggestion
sets the arms apart. Answers weigh by the probability of the other arm (overlap weights: Li, Morgan and Zaslavsky 2018),
scaled to their effective number in each arm: a blind share that was changed meanwhile does no harm. People's copy
rates are shrunk to each other as far as they are alike (after Efron and Morris 1975); b is integrated out.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import betainc, xlog1py, xlogy

from ml.truth.answers import Floats, Ints

Flags = NDArray[np.bool_]

RATES = (np.arange(201) + 0.5) / 201  # copy rates looked at
BLIND_RATES = (np.arange(80) + 0.5) / 80
CELL_ANSWERS = 10.0  # blind answers by which a kind of mistake is shrunk to the rate of all kinds
PERSON_ANSWERS = 10.0  # blind answers by which a person's blind rate is shrunk to that of all
MEANS = (np.arange(49) + 1) / 50  # of people's copy rates, each weighed by the answers
STRENGTHS = (1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0)  # answers by which a person is shrunk to the mean, weighed likewise
LEVEL = 0.95
MOST_RATIO = 0.98  # a blind rate never reaches certainty


@dataclass(frozen=True, eq=False)
class Trials:
    """A answers to wrong suggestions, drawn by chance to be with or without it in view.

    person, true, suggested, source: int32 (A,), the last how the suggestion is known to be wrong, 0 .. S - 1: some of
    what one blind answer contradicts is right after all, and such answers are compared among themselves alone, where
    both arms hold as many of them. shown, took: bool (A,), whether it was in view and whether the answer was that same
    class. weight (A,), the probability that the other arm had.
    """

    person: Ints
    true: Ints
    suggested: Ints
    source: Ints
    shown: Flags
    took: Flags
    weight: Floats
    n_people: int
    n_classes: int

    def __post_init__(self) -> None:
        """Refuse columns of unequal length and suggestions that are right."""
        for name in ("true", "suggested", "source", "shown", "took", "weight"):
            if getattr(self, name).shape != self.person.shape:
                raise ValueError(f"{name} must be as long as person")
        if (self.true == self.suggested).any():
            raise ValueError("only wrong suggestions tell copying from knowing")


@dataclass(frozen=True)
class Rate:
    """A copy rate with its interval, and the answers behind it."""

    value: float
    low: float
    high: float
    shown: int
    blind: int


@dataclass(frozen=True)
class Anchoring:
    """Copying of all together and of each person (P of them), and how often a wrong class is said with and without.

    people_mean: what is expected of somebody who has said nothing yet. Shares are NaN without answers.
    """

    overall: Rate
    people: list[Rate]
    people_mean: float
    accepted: float  # share of wrong suggestions in view that were taken
    unasked: float  # share of the same wrong classes that were said blind


def measure(trials: Trials) -> Anchoring:
    """The meter's reading; without trials all rests on the flat prior and says so by its intervals."""
    weight = _scaled(trials)
    ratio = _kinds(trials, weight)
    whole = _likelihood(trials, ratio, weight, np.zeros_like(trials.person), 1, prior=None)
    by_person = _likelihood(trials, ratio, weight, trials.person, trials.n_people, prior=_blind(trials, weight))
    prior, mean = _shrinkage(by_person)
    shown, blind = (np.bincount(trials.person[arm], minlength=trials.n_people) for arm in (trials.shown, ~trials.shown))
    people = [_rate(row, int(shown[at]), int(blind[at])) for at, row in enumerate(by_person * prior)]
    overall = _rate(whole[0], int(trials.shown.sum()), int((~trials.shown).sum()))
    return Anchoring(overall, people, mean, _share(trials, weight, True), _share(trials, weight, False))


def _scaled(trials: Trials) -> Floats:
    """Overlap weights (A,) that add up to each arm's effective number of answers (Kish 1965).

    A constant blind share leaves every answer counting as one.
    """
    weight = trials.weight.astype(np.float64)
    for arm in (trials.shown, ~trials.shown):
        squares = (weight[arm] ** 2).sum()
        weight[arm] *= weight[arm].sum() / squares if squares > 0 else 0.0
    return weight


def _kinds(trials: Trials, weight: Floats) -> Floats:
    """How much likelier than others a mistake is when nothing is suggested, (A,): by source, true and wrong class."""
    sources = int(trials.source.max(initial=0)) + 1
    kind = (trials.source.astype(np.int64) * trials.n_classes + trials.true) * trials.n_classes + trials.suggested
    blind = ~trials.shown
    cells = trials.n_classes**2
    taken = weight * trials.took
    said, seen = (
        np.bincount(kind[blind], values[blind], minlength=sources * cells).reshape(sources, cells)
        for values in (taken, weight)
    )
    usual = (said.sum() + 0.5) / (seen.sum() + 1)
    by_source = (said.sum(axis=1, keepdims=True) + usual) / (seen.sum(axis=1, keepdims=True) + 1)
    rate = (said + CELL_ANSWERS * by_source) / (seen + CELL_ANSWERS)
    return np.asarray((rate / usual).ravel()[kind])


def _blind(trials: Trials, weight: Floats) -> Floats:
    """What is expected of a person's blind rate before it is seen, over BLIND_RATES."""
    usual = _share(trials, weight, False)
    usual = float(np.clip(usual, 0.005, 0.95)) if np.isfinite(usual) else 0.1
    first, second = PERSON_ANSWERS * usual, PERSON_ANSWERS * (1 - usual)  # of a Beta density
    density = np.exp(xlogy(first - 1, BLIND_RATES) + xlog1py(second - 1, -BLIND_RATES))
    return np.asarray(density / density.sum())


def _likelihood(
    trials: Trials, ratio: Floats, weight: Floats, group: NDArray[np.integer], groups: int, prior: Floats | None
) -> Floats:
    """Of each copy rate by group, (G, C), the blind rate integrated out, each row's largest being one."""
    log_prior = np.zeros(len(BLIND_RATES)) if prior is None else np.log(np.maximum(prior, 1e-300))
    out = np.zeros((groups, len(RATES)))
    for at in range(groups):
        mine = group == at
        score = np.tile(log_prior, (len(RATES), 1))
        for factor in np.unique(ratio[mine]):
            same = mine & (ratio == factor)
            unasked = np.minimum(BLIND_RATES * factor, MOST_RATIO)[None]
            taken = RATES[:, None] + (1 - RATES[:, None]) * unasked
            for chance, arm in ((taken, trials.shown), (unasked, ~trials.shown)):
                hits = float(weight[same & arm & trials.took].sum())
                misses = float(weight[same & arm & ~trials.took].sum())
                score = score + hits * np.log(chance) + misses * np.log1p(-chance)
        out[at] = np.exp(score - score.max()).sum(axis=1)
    return np.asarray(out / out.max(axis=1, keepdims=True)) if groups else out


def _shrinkage(likelihood: Floats) -> tuple[Floats, float]:
    """What the others tell of each person's copy rate (P, C), and its mean for somebody unknown.

    Beta distributions of people's rates, each weighed by how likely it makes all answers: that one is not sure of how
    alike people are keeps the intervals honest.
    """
    pairs = [(mean, strength) for mean in MEANS for strength in STRENGTHS]
    priors = np.stack([_beta(float(mean), strength) for mean, strength in pairs])
    evidence = np.maximum(likelihood @ priors.T, 1e-300)
    score = np.log(evidence).sum(axis=0)
    weight = np.exp(score - score.max())
    weight /= weight.sum()
    return np.asarray((weight / evidence) @ priors), float(weight @ priors @ RATES)


def _beta(mean: float, strength: float) -> Floats:
    """A Beta distribution over RATES, summing to one."""
    mass = np.diff(betainc(strength * mean, strength * (1 - mean), np.linspace(0, 1, len(RATES) + 1)))
    return np.asarray(mass / mass.sum())


def _rate(density: Floats, shown: int, blind: int) -> Rate:
    """Mean and central interval of a density over RATES."""
    share = density / density.sum()
    ends = np.interp([(1 - LEVEL) / 2, (1 + LEVEL) / 2], np.cumsum(share) - share / 2, RATES)
    return Rate(float(share @ RATES), float(ends[0]), float(ends[1]), shown, blind)


def _share(trials: Trials, weight: Floats, shown: bool) -> float:
    """The weighted share of answers of one arm that were the wrong class."""
    arm = trials.shown == shown
    total = float(weight[arm].sum())
    return float(weight[arm & trials.took].sum()) / total if total else float("nan")
