"""Learning from items that nobody has labelled: the surest of what the head itself says of them (Scudder 1965).

Of each class that is said the same share is taken (after Zou et al. 2018, arXiv:1810.07911): the surest of all would be
those of the few classes that are heard well already. No label of these items is looked at. A voice that nobody labelled
is told far better once its own clips stand among those that are learnt from; what a voice not there at that time says
gains nothing.
"""

import numpy as np
import numpy.typing as npt
from scipy.special import log_softmax

from ml.head import Array, Doubles, LinearHead, fit, fold_back, principal_axes

Places = npt.NDArray[np.intp]

ROUNDS = 3  # one leaves half of the gain, five add nothing
MOST = 2_000  # unlabelled items that are drawn on: more cost time


def drawn(places: Places, seed: int) -> Places:
    """At most MOST of the places, by chance, in their order."""
    return np.sort(np.random.default_rng(seed).permutation(places)[:MOST])


def surest(logits: Doubles, share: float) -> tuple[Places, Places]:
    """Of (N, K) logits the places of the surest `share` of each class that is said, and these classes."""
    said = logits.argmax(axis=1)
    sure = log_softmax(logits, axis=1).max(axis=1)
    kept = [np.zeros(0, np.intp)]
    for own in (np.flatnonzero(said == each) for each in np.unique(said)):
        kept.append(own[np.argsort(-sure[own], kind="stable")][: int(np.ceil(share * len(own)))])
    places = np.sort(np.concatenate(kept))
    return places, said[places]


def fit_with_unlabelled(
    known: Array, targets: Doubles, weights: Doubles, unknown: Array, precision: float, share: float
) -> LinearHead:
    """A head on (M, D) rows with targets (M, K) and weights (M,), and on the surest of (U, D) rows without any."""
    head = _fitted(known, targets, weights, precision)
    for _ in range(ROUNDS if len(unknown) else 0):
        places, said = surest(head.logits(unknown), share)
        head = _fitted(
            np.concatenate([known, unknown[places]]),
            np.concatenate([targets, np.eye(targets.shape[1])[said]]),
            np.concatenate([weights, np.full(len(places), weights.mean())]),
            precision,
        )
    return head


def _fitted(rows: Array, targets: Doubles, weights: Doubles, precision: float) -> LinearHead:
    axes = principal_axes(rows)
    return fold_back(axes, fit(axes.coordinates, axes.scale, targets, weights, precision))
