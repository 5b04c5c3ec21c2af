"""What each person answered in expectation, sparse: memory grows with answers, never people x classes x symbols."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ml.truth.answers import Floats

UNKNOWN_PERSON = -1


@dataclass(frozen=True, eq=False)
class People:
    """Expected answers of P people; only (person, symbol) pairs that occurred are held, M of them.

    key: int64 (M,), sorted, person * (K + 1) + symbol. count: (M, K) expected own answers by true class.
    total: (P, K) their sums. copied, shown: (P,) expected copies, and answers given with a suggestion in view.
    """

    key: NDArray[np.int64]
    count: Floats
    total: Floats
    copied: Floats
    shown: Floats
    skill: Floats

    @classmethod
    def nobody(cls, n_classes: int) -> People:
        """No person known: everybody answers like the pool."""
        none = np.zeros((0, n_classes))
        return cls(np.zeros(0, np.int64), none, none, np.zeros(0), np.zeros(0), np.zeros((0, 2)))

    @property
    def size(self) -> int:
        """How many people are known."""
        return int(self.total.shape[0])

    def counts(self, people: NDArray[np.integer], symbols: NDArray[np.integer], n_classes: int) -> Floats:
        """Expected own answers (n, K) of these people with these symbols (0..K); zero for the unknown."""
        key = people.astype(np.int64) * (n_classes + 1) + symbols
        if not self.key.size:
            return np.zeros((key.size, n_classes))
        at = np.minimum(np.searchsorted(self.key, key), self.key.size - 1)
        found = (self.key[at] == key) & (people >= 0)
        return np.where(found[:, None], self.count[at], 0.0)

    def only(self, people: NDArray[np.integer], n_classes: int) -> People:
        """These people alone, numbered 0, 1, ... in the order given; the unknown among them have no answers."""
        stride = n_classes + 1
        symbols = np.tile(np.arange(stride), people.size)
        key = np.repeat(np.arange(people.size, dtype=np.int64), stride) * stride + symbols
        known = (people >= 0) & (people < self.size)
        inside = np.where(known, people, UNKNOWN_PERSON)
        count = self.counts(np.repeat(inside, stride), symbols, n_classes)
        held = count.any(axis=1)
        total, copied, shown, skill = (
            np.where(known[(...,) + (None,) * (values.ndim - 1)], values[inside], 0.0)
            if self.size
            else np.zeros((people.size, *values.shape[1:]))
            for values in (self.total, self.copied, self.shown, self.skill)
        )
        return People(key[held], count[held], total, copied, shown, skill)

    def to_json(self) -> dict[str, list[Any]]:
        """Plain lists."""
        return {name: getattr(self, name).tolist() for name in self.__dataclass_fields__}

    @classmethod
    def from_json(cls, data: dict[str, list[Any]], n_classes: int) -> People:
        """The inverse of to_json."""
        count, total, copied, shown = (
            np.asarray(data[name], dtype=np.float64) for name in ("count", "total", "copied", "shown")
        )
        key = np.asarray(data["key"], dtype=np.int64)
        total = total.reshape(-1, n_classes)
        # Fits stored before skill was told apart know none.
        skill = np.asarray(data.get("skill", np.zeros(2 * len(total))), dtype=np.float64).reshape(-1, 2)
        return cls(key, count.reshape(-1, n_classes), total, copied, shown, skill)
