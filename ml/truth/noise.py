"""What was learnt about how people answer: the parameters of the noise model, and the likelihood of an answer.

A. P. Dawid and A. M. Skene, "Maximum Likelihood Estimation of Observer Error-Rates Using the EM Algorithm" (1979),
with each person's confusion matrix shrunk to the pooled one, and a copy rate for answers given with a suggestion in
view: P(s | t, shown) = copy [s = shown] + (1 - copy) theta[t, s]; a "not c" has theta 1 - theta[t, c].
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ml.truth.answers import BLIND, Floats

UNKNOWN_PERSON = -1
SMALLEST = 1e-12  # a likelihood of exactly zero would let one slip of the finger rule a class out for ever


@dataclass(frozen=True, eq=False)
class People:
    """Expected answers of each person, sparse: only (person, symbol) pairs that occurred are held.

    key: int64 (M,), sorted, person * (K + 1) + symbol. count: (M, K) expected answers by true class.
    total: (P, K) their sums. copied, shown: (P,) expected copies and answers given with a suggestion in view.
    """

    key: NDArray[np.int64]
    count: Floats
    total: Floats
    copied: Floats
    shown: Floats

    @classmethod
    def nobody(cls, n_classes: int) -> People:
        """No person known: everybody answers like the pool."""
        none = np.zeros((0, n_classes))
        return cls(np.zeros(0, np.int64), none, none, np.zeros(0), np.zeros(0))

    @property
    def size(self) -> int:
        """How many people are known."""
        return int(self.total.shape[0])

    def counts(self, people: NDArray[np.integer], symbols: NDArray[np.integer], n_classes: int) -> Floats:
        """Expected answers (n, K) of these people with these symbols (0..K); zero for the unknown."""
        key = people.astype(np.int64) * (n_classes + 1) + symbols
        if not self.key.size:
            return np.zeros((key.size, n_classes))
        at = np.minimum(np.searchsorted(self.key, key), self.key.size - 1)
        found = (self.key[at] == key) & (people >= 0)
        return np.where(found[:, None], self.count[at], 0.0)

    def to_json(self) -> dict[str, list[Any]]:
        """Plain lists."""
        return {name: getattr(self, name).tolist() for name in self.__dataclass_fields__}

    @classmethod
    def from_json(cls, data: dict[str, list[Any]], n_classes: int) -> People:
        """The inverse of to_json."""
        return cls(
            np.asarray(data["key"], dtype=np.int64),
            _array(data["count"]).reshape(-1, n_classes),
            _array(data["total"]).reshape(-1, n_classes),
            _array(data["copied"]),
            _array(data["shown"]),
        )


@dataclass(frozen=True, eq=False)
class Fit:
    """The noise model's parameters. K classes, L symbols, P people.

    prior (K,). pooled (K, min(L, K + 1)): over classes and "not sure", rows sum to one. strength: pseudo-answers a row
    by which a person is shrunk to the pool, infinite for the pool alone. copy_rate in [0, 1], copy_strength its
    pseudo-answers for a person. sharpness: the classifier's inverse temperature; bias (K,) carries its class
    shares to the prior. imported (K, K): P(imported label | true class). log_likelihood per answer.
    """

    n_classes: int
    n_symbols: int
    prior: Floats
    pooled: Floats
    people: People
    strength: float
    copy_rate: float
    copy_strength: float
    sharpness: float
    bias: Floats
    imported: Floats
    log_likelihood: float = float("nan")
    iterations: int = 0

    @property
    def temperature(self) -> float:
        """The classifier's temperature, as fitted by the likelihood of people's answers."""
        return 1 / self.sharpness if self.sharpness > 0 else float("inf")

    def likelihood(
        self, symbols: NDArray[np.integer], people: NDArray[np.integer], shown: NDArray[np.integer]
    ) -> Floats:
        """P(answer | true class), (n, K); people not in the fit (UNKNOWN_PERSON or too large) answer like the pool."""
        people = np.where(people < self.people.size, people, UNKNOWN_PERSON)
        refused = symbols > self.n_classes
        named = np.where(refused, symbols - self.n_classes - 1, symbols)
        theta = self._theta(people, named)
        theta = np.where(refused[:, None], 1 - theta, theta)
        copy = self.copy_rates(people)
        mixed = (1 - copy)[:, None] * theta + np.where(symbols == shown, copy, 0.0)[:, None]
        return np.maximum(np.where((shown == BLIND)[:, None], theta, mixed), SMALLEST)

    def _theta(self, people: NDArray[np.integer], symbols: NDArray[np.integer]) -> Floats:
        """Shrunk confusion entries (n, K) for symbols 0..K: (count + strength pooled) / (total + strength)."""
        pooled = np.asarray(self.pooled.T[symbols])
        if not np.isfinite(self.strength) or not self.people.size:
            return pooled
        count = self.people.counts(people, symbols, self.n_classes)
        total = np.where((people >= 0)[:, None], self.people.total[people], 0.0)
        return np.asarray((count + self.strength * pooled) / (total + self.strength))

    def copy_rates(self, people: NDArray[np.integer]) -> Floats:
        """Each person's copy rate (n,), shrunk to the rate of all."""
        if not self.people.size:
            return np.full(people.size, self.copy_rate)
        copied, shown = (np.where(people >= 0, a[people], 0.0) for a in (self.people.copied, self.people.shown))
        return np.asarray((copied + self.copy_strength * self.copy_rate) / (shown + self.copy_strength))

    def confusion(self, person: int) -> Floats:
        """A person's shrunk confusion matrix (K, K + 1), or (K, K) where nobody may say "not sure"."""
        symbols = np.arange(min(self.n_symbols, self.n_classes + 1))
        known = person if person < self.people.size else UNKNOWN_PERSON
        return self._theta(np.full(symbols.size, known), symbols).T

    def accuracy(self, person: int) -> float:
        """The chance that a person's blind answer is the true class, over the class prior."""
        return float(self.prior @ np.diagonal(self.confusion(person)))

    def to_json(self) -> dict[str, Any]:
        """Plain lists and numbers, exact to the last bit; an infinite strength or unknown likelihood is null."""
        arrays = {name: getattr(self, name).tolist() for name in _ARRAYS}
        numbers = {name: _finite(getattr(self, name)) for name in _NUMBERS}
        return {**arrays, **numbers, "people": self.people.to_json()}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Fit:
        """The inverse of to_json."""
        n_classes = int(data["n_classes"])
        return cls(
            n_classes=n_classes,
            n_symbols=int(data["n_symbols"]),
            prior=_array(data["prior"]),
            pooled=_array(data["pooled"]),
            people=People.from_json(data["people"], n_classes),
            strength=_number(data["strength"], float("inf")),
            copy_rate=float(data["copy_rate"]),
            copy_strength=float(data["copy_strength"]),
            sharpness=float(data["sharpness"]),
            bias=_array(data["bias"]),
            imported=_array(data["imported"]),
            log_likelihood=_number(data["log_likelihood"], float("nan")),
            iterations=int(data["iterations"]),
        )


_ARRAYS = ("prior", "pooled", "bias", "imported")
_NUMBERS = (
    "n_classes", "n_symbols", "iterations", "strength", "log_likelihood", "copy_rate", "copy_strength", "sharpness",
)  # fmt: skip


def _array(values: list[Any]) -> Floats:
    """Numbers from JSON."""
    return np.asarray(values, dtype=np.float64)


def _finite(value: float) -> float | None:
    """JSON knows no infinity and no NaN."""
    return value if np.isfinite(value) else None


def _number(value: float | None, missing: float) -> float:
    """The inverse of _finite."""
    return missing if value is None else float(value)
