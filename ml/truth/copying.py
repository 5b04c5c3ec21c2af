"""Copy rates known from elsewhere, in place of those that the noise model makes out by itself."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from ml.truth.answers import Floats
from ml.truth.noise import Fit

NO_STRENGTH = 1e-9  # a known rate is shrunk no further


@dataclass(frozen=True, eq=False)
class Copying:
    """people (P,): each person's copy rate, NaN where only `rate`, that of all, is known."""

    rate: float
    people: Floats

    def imposed(self, fit: Fit) -> Fit:
        """The same model with these copy rates."""
        known = np.isfinite(self.people)
        people = replace(fit.people, copied=np.where(known, self.people, 0.0), shown=known.astype(np.float64))
        return replace(fit, copy_rate=self.rate, copy_strength=NO_STRENGTH, people=people)
