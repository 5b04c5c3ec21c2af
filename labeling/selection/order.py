"""Numbers that order a queue: between 0 and 1 for most items, so that new ones fall anywhere among them."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Doubles = npt.NDArray[np.float64]

RANDOM_SHARE = 0.05  # items asked at random whatever the model thinks: what keeps its blind spots in sight
HELDOUT_FROM = 0.8  # held-out items spread over the first fifth, so that the judges are ready before the model is


@dataclass(frozen=True)
class Waiting:
    """N items that want answers."""

    items: list[int]
    heldout: npt.NDArray[np.bool_]  # (N,)
    started: npt.NDArray[np.bool_]  # (N,) answered at least once
    scores: Doubles  # (N,) what another answer is worth, by `ml.select`; NaN where nothing is known


def priorities(waiting: Waiting, random: np.random.Generator) -> Doubles:
    """(N,) priorities: what is worth most first, a share at random, held-out items spread, begun ones of these first.

    Nothing that a model says of a held-out item moves it.
    """
    out = random.random(len(waiting.items))
    chosen = ~waiting.heldout & np.isfinite(waiting.scores) & (random.random(len(out)) >= RANDOM_SHARE)
    out[chosen] = _places(waiting.scores[chosen])
    out[waiting.heldout] = HELDOUT_FROM + (1 - HELDOUT_FROM) * out[waiting.heldout]
    out[waiting.heldout & waiting.started] += 1  # a judge with half its answers is of no use yet
    return out


def _places(values: Doubles) -> Doubles:
    """(M,) shares of the way from the lowest value to the highest, in (0, 1)."""
    places = np.empty(len(values))
    places[np.argsort(values, kind="stable")] = (np.arange(len(values)) + 0.5) / max(len(values), 1)
    return places
