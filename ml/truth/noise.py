"""What was learnt about how people answer: the parameters of the noise model, and the likelihood of an answer.

A. P. Dawid and A. M. Skene, "Maximum Likelihood Estimation of Observer Error-Rates Using the EM Algorithm" (1979),
with each person's confusion matrix shrunk to the pooled one, a copy rate for answers given with a suggestion in view,
and hard items, on which people's errors go together (ml.truth.difficulty).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ml.truth.answers import BLIND, Floats
from ml.truth.people import UNKNOWN_PERSON, People

SMALLEST = 1e-12  # a likelihood of exactly zero would let one slip of the finger rule a class out for ever


class Parts(NamedTuple):
    """P(answer | true class) by how it came about: solo (n, K) or copied (n,); free = 1 - copy rate (n,)."""

    solo: Floats
    copied: Floats
    free: Floats


@dataclass(frozen=True, eq=False)
class Fit:
    """The noise model's parameters. K classes, L symbols, P people.

    prior (K,). pooled (K, min(L, K + 1)): over classes and "not sure", rows sum to one. strength: pseudo-answers a row
    by which a person is shrunk to the pool moved by their skill, infinite for that alone. spread (2,): the standard
    deviations of people's skill (ml.truth.skill), zeros where it is not told apart. copy_rate in [0, 1], copy_strength
    its pseudo-answers for a person. hard: the share of hard items, follow: how often an answer to one follows its
    appearance. sharpness: the classifier's inverse temperature; bias (K,) carries its class shares to the prior;
    fold_sharpness (F,), fold_bias (F, K): the same learnt without the items of a fold, F = 0 where nobody asked for it.
    imported (K, K): P(imported label | true class); suggested (K, K): P(suggestion shown | true class), used in fitting
    where no classifier speaks. shared (K, K): P(true class | what it looks like to everybody), a row for each look.
    item_share: of the variance of an error, what is the item's own (ml.truth.shared).
    hard_low, hard_high: the 95 % interval of hard. log_likelihood per answer.
    """

    n_classes: int
    n_symbols: int
    prior: Floats
    pooled: Floats
    people: People
    strength: float
    copy_rate: float
    copy_strength: float
    hard: float
    follow: float
    sharpness: float
    bias: Floats
    imported: Floats
    suggested: Floats
    shared: Floats
    fold_sharpness: Floats
    fold_bias: Floats
    spread: Floats
    item_share: float = 0.5
    hard_low: float = 0.0
    hard_high: float = 1.0
    log_likelihood: float = float("nan")
    iterations: int = 0

    @property
    def temperature(self) -> float:
        """The classifier's temperature, as fitted by the likelihood of people's answers."""
        return 1 / self.sharpness if self.sharpness > 0 else float("inf")

    @property
    def tells_apart(self) -> bool:
        """Whether people's skill is told apart by itself (ml.truth.skill)."""
        return bool(self.spread.any()) and self.people.size > 0

    def heard(self, folds: NDArray[np.integer]) -> tuple[Floats, Floats]:
        """Inverse temperature (n, 1) and bias (n, K) for items of these folds (n,), learnt without their answers."""
        if not self.fold_sharpness.size:
            return np.full((folds.size, 1), self.sharpness), np.tile(self.bias, (folds.size, 1))
        return self.fold_sharpness[folds][:, None], self.fold_bias[folds]

    def parts(self, symbols: NDArray[np.integer], people: NDArray[np.integer], shown: NDArray[np.integer]) -> Parts:
        """Likelihood of n answers on an item of no difficulty, in parts.

        P(s | t, shown) = copy [s = shown] + (1 - copy) theta[t, s], and 1 - theta[t, c] for "not c". People not in the
        fit (UNKNOWN_PERSON, or too large an index) answer like the pool.
        """
        people = np.where(people < self.people.size, people, UNKNOWN_PERSON)
        refused = symbols > self.n_classes
        theta = self.theta(people, self.named(symbols))
        theta[refused] = 1 - theta[refused]
        copy = np.where(shown == BLIND, 0.0, self.copy_rates(people))
        theta *= (1 - copy)[:, None]
        return Parts(theta, np.where(symbols == shown, copy, 0.0), 1 - copy)

    def likelihood(
        self, symbols: NDArray[np.integer], people: NDArray[np.integer], shown: NDArray[np.integer]
    ) -> Floats:
        """P(answer | true class), (n, K), of single answers."""
        parts = self.parts(symbols, people, shown)
        return np.maximum(parts.solo + parts.copied[:, None], SMALLEST)

    def named(self, symbols: NDArray[np.integer]) -> NDArray[np.integer]:
        """The class (or K, "not sure") that each symbol names, be it to refuse it."""
        return np.where(symbols > self.n_classes, symbols - self.n_classes - 1, symbols)

    def theta(self, people: NDArray[np.integer], symbols: NDArray[np.integer]) -> Floats:
        """Shrunk confusion entries (n, K) for symbols 0..K: (count + strength expected) / (total + strength)."""
        pooled = self.expected(people, symbols)
        if not np.isfinite(self.strength) or not self.people.size:
            return pooled
        count = self.people.counts(people, symbols, self.n_classes)
        total = np.where((people >= 0)[:, None], self.people.total[people], 0.0)
        return np.asarray((count + self.strength * pooled) / (total + self.strength))

    def expected(self, people: NDArray[np.integer], symbols: NDArray[np.integer]) -> Floats:
        """The pooled entries (n, K) for symbols 0..K, moved by each person's skill (ml.truth.skill)."""
        pooled = np.asarray(self.pooled.T[symbols])
        if not self.tells_apart:
            return pooled
        silent, share = self.shares
        odds = np.exp(np.append(self.people.skill, np.zeros((1, 2)), axis=0))  # the last row is the unknown person's
        wrong, unsure = odds[:, :1], odds[:, 1:]
        astray, heard = 1 - share + share * wrong, 1 - silent + silent * unsure
        pooled *= (wrong / (astray * heard))[people]
        named, silently = np.flatnonzero(symbols < self.n_classes), np.flatnonzero(symbols == self.n_classes)
        pooled[named, symbols[named]] /= wrong[people[named], 0]
        pooled[silently] *= (unsure * astray / wrong)[people[silently]]
        return pooled

    @property
    def shares(self) -> tuple[Floats, Floats]:
        """Of the pool's answers to each class (K,): the "not sure", and of the others those that are wrong."""
        some = self.pooled.shape[1] > self.n_classes
        silent = self.pooled[:, self.n_classes] if some else np.zeros(self.n_classes)
        return silent, 1 - np.diagonal(self.pooled) / np.maximum(1 - silent, SMALLEST)

    def copy_rates(self, people: NDArray[np.integer]) -> Floats:
        """Each person's copy rate (n,), shrunk to the rate of all."""
        if not self.people.size:
            return np.full(people.size, self.copy_rate)
        copied, shown = (np.where(people >= 0, a[people], 0.0) for a in (self.people.copied, self.people.shown))
        return np.asarray((copied + self.copy_strength * self.copy_rate) / (shown + self.copy_strength))

    def confusion(self, person: int) -> Floats:
        """A person's shrunk confusion matrix (K, K + 1), or (K, K) where nobody may say "not sure"."""
        symbols = np.arange(self.pooled.shape[1])
        known = person if person < self.people.size else UNKNOWN_PERSON
        return self.theta(np.full(symbols.size, known), symbols).T

    def recall(self, people: NDArray[np.integer], label: int) -> Floats:
        """The chance that each person calls an item of this class by it, (n,)."""
        return np.asarray(self.theta(people, np.full(people.size, label))[:, label])

    def accuracy(self, person: int) -> float:
        """The chance that a person's blind answer is the true class, over the class prior."""
        return float(self.prior @ np.diagonal(self.confusion(person)))

    def only(self, people: NDArray[np.integer]) -> Fit:
        """The same model knowing these people alone, numbered in the order given: small enough for one request."""
        return replace(self, people=self.people.only(people, self.n_classes))

    def to_json(self) -> dict[str, Any]:
        """Plain lists and numbers, exact to the last bit; an infinite strength or unknown likelihood is null."""
        arrays = {name: getattr(self, name).tolist() for name in _ARRAYS}
        numbers = {name: _finite(getattr(self, name)) for name in _NUMBERS}
        return {**arrays, **numbers, "people": self.people.to_json()}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Fit:
        """The inverse of to_json."""
        data = {**_SINCE, "shared": np.eye(data["n_classes"]), **data}
        known: dict[str, Any] = {name: np.asarray(data[name], dtype=np.float64) for name in _ARRAYS}
        known["fold_bias"] = known["fold_bias"].reshape(-1, data["n_classes"])
        numbers = {name: data[name] for name in _NUMBERS}
        numbers["strength"] = float("inf") if data["strength"] is None else data["strength"]
        numbers["log_likelihood"] = float("nan") if data["log_likelihood"] is None else data["log_likelihood"]
        return cls(**known, **numbers, people=People.from_json(data["people"], data["n_classes"]))


_ARRAYS = ("prior", "pooled", "bias", "imported", "suggested", "shared", "fold_sharpness", "fold_bias", "spread")
_NUMBERS = (
    "n_classes", "n_symbols", "strength", "copy_rate", "copy_strength", "hard", "follow", "sharpness",
    "item_share", "hard_low", "hard_high", "log_likelihood", "iterations",
)  # fmt: skip
# What fits stored before these were known are read with.
_SINCE = {
    "item_share": 0.5, "spread": [0.0, 0.0], "hard_low": 0.0, "hard_high": 1.0, "fold_sharpness": [], "fold_bias": [],
}  # fmt: skip


def _finite(value: float) -> float | None:
    """JSON knows no infinity and no NaN."""
    return value if np.isfinite(value) else None
