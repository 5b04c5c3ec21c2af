"""Hard items: people's errors on one item go together, so two answers that agree are worth less than independence says.

A share `hard` of the items has an appearance a, a symbol drawn from the pooled row of its true class. Each answer to
such an item follows the appearance with probability `follow`, else it is the person's own:
P(s | t, a) = copy [s = shown] + (1 - copy) ((1 - follow) theta[t, s] + follow [s = a]).
One answer alone is as likely as ever; two answers are correlated by follow^2, in which class they name too. Appearance
and hardness are summed out for each item. Only symbols that somebody
named need a term of their own, so a pass stays linear in answers.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ml.truth.answers import Floats
from ml.truth.events import Events, Piles, multiply
from ml.truth.noise import SMALLEST, Fit, Parts

NOTHING = 1e-300  # stands for zero under a logarithm
SAFE_EXPONENT = 600.0  # exp of this, times a few answers, stays finite in float64


class Factors(NamedTuple):
    """Likelihoods (n, K): plain on easy items; on hard ones match where a is the symbol named, else apart."""

    plain: Floats
    apart: Floats
    match: Floats


class Evidence(NamedTuple):
    """Log likelihood of all answers to each item (N, K), and what the M-step needs: worked out once for both.

    parts, by: of each event. is_hard (N, K): P(hard | t, answers). pile (C, K), rest (N, K): P(appearance is the pile's
    symbol, or one that nobody named | t, hard, answers); rest_mass (N, K): the prior probability of the latter.
    """

    total: Floats
    parts: Parts
    by: Factors
    is_hard: Floats
    pile: Floats
    rest: Floats
    rest_mass: Floats


def factors(parts: Parts, refused: NDArray[np.bool_], follow: float) -> Factors:
    """The likelihood factors of n answers; a "not c" (refused) follows every appearance but c."""
    plain = parts.solo + parts.copied[:, None]
    own = (1 - follow) * parts.solo + parts.copied[:, None]
    led = follow * parts.free
    apart = own + np.where(refused, led, 0.0)[:, None]
    match = own + np.where(refused, 0.0, led)[:, None]
    return Factors(*(np.maximum(factor, SMALLEST) for factor in (plain, apart, match)))


def one_item(fit: Fit, symbols: NDArray[np.integer], people: NDArray[np.integer], shown: NDArray[np.integer]) -> Floats:
    """Log likelihood (K,) of all answers to one item."""
    found = factors(fit.parts(symbols, people, shown), symbols > fit.n_classes, fit.follow)
    easy = np.log(found.plain).sum(axis=0)
    if fit.hard == 0:
        return np.asarray(easy)
    apart = np.log(found.apart)
    score = np.log(np.maximum(fit.pooled.T, NOTHING))
    np.add.at(score, fit.named(symbols), np.log(found.match) - apart)
    top = score.max(axis=0)
    appearance = top + np.log(np.exp(score - top).sum(axis=0))
    hard = np.log(fit.hard) + apart.sum(axis=0) + appearance
    return np.asarray(np.logaddexp(np.log1p(-fit.hard) + easy, hard))


def all_items(fit: Fit, kinds: Events) -> Evidence:
    """Log likelihood of all answers to each item, with expectations over hardness and appearance."""
    parts = fit.parts(kinds.symbol, kinds.person, kinds.shown)
    if fit.hard == 0 or kinds.piles is None:
        none = np.zeros((0, fit.n_classes))
        found = Factors(np.maximum(parts.solo + parts.copied[:, None], SMALLEST), none, none)
        return Evidence(np.asarray(kinds.by_item @ np.log(found.plain)), parts, found, none, none, none, none)
    found = factors(parts, kinds.symbol > fit.n_classes, fit.follow)
    easy = np.asarray(kinds.by_item @ np.log(found.plain))
    apart = np.log(found.apart)
    pile = np.asarray(kinds.piles.by_pile @ (np.log(found.match) - apart))
    appearance, pile, rest, rest_mass = _appearances(fit, kinds.piles, pile)
    hard = np.asarray(kinds.by_item @ apart)
    hard += appearance + np.log(fit.hard)
    easy += np.log1p(-fit.hard)
    total = np.logaddexp(easy, hard)
    return Evidence(total, parts, found, np.exp(hard - total), pile, rest, rest_mass)


def _appearances(fit: Fit, piles: Piles, gain: Floats) -> tuple[Floats, Floats, Floats, Floats]:
    """Log evidence of the appearance (N, K), then Evidence's pile, rest and rest_mass; gain is used up."""
    look = np.zeros((fit.n_classes + 1, fit.n_classes))
    look[: fit.pooled.shape[1]] = fit.pooled.T
    rest_mass = np.maximum(1 - np.asarray(piles.names @ look), 0.0)
    shift = _shift(piles, gain)
    if shift is not None:
        gain -= shift[piles.item]
    np.exp(gain, out=gain)
    multiply(gain, look, piles.symbol)
    rest = rest_mass if shift is None else rest_mass * np.exp(-shift)
    total = np.maximum(rest + np.asarray(piles.by_item @ gain), NOTHING)
    multiply(gain, 1 / total, piles.item)
    appearance = np.log(total)
    return appearance if shift is None else appearance + shift, gain, rest / total, rest_mass


def _shift(piles: Piles, gain: Floats) -> Floats | None:
    """What to take off each item's gains (N, K) before the exponential; None where none can overflow."""
    if not gain.size or max(gain.max(), -gain.min()) < SAFE_EXPONENT:
        return None
    shift = np.zeros((piles.names.shape[0], gain.shape[1]))
    shift[piles.answered] = np.maximum(np.maximum.reduceat(gain, piles.first, axis=0), 0.0)
    return shift
