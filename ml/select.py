"""What to ask next, as pure functions: the higher the score, the sooner the question.

Every strategy takes (N, K) calibrated probabilities, (N, E) embeddings, (N,) counts of answers so far and a seed, and
gives (N,) scores in [0, 1]; those it does not need it ignores. `diverse` then picks a batch that is not all alike.
Measured on real crowds, plain entropy does worse than random for label quality; lowest confidence does best.
"""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
from sklearn.cluster import MiniBatchKMeans

Doubles = npt.NDArray[np.float64]
Floats = npt.NDArray[np.float32] | npt.NDArray[np.float64]
Ints = npt.NDArray[np.intp]
Strategy = Callable[[Floats, Floats, Ints, int], Doubles]

CLUSTERS = 20  # at most; one for each few hundred items
ITEMS_A_CLUSTER = 50
FIT_ROWS = 10_000  # clusters are found on a sample and then asked of all
ANSWER_DISCOUNT = 0.5  # each answer halves what the next one can still tell
POOL = 10  # candidates for each pick of a diverse batch
TINY = 1e-12


def lowest_confidence(probabilities: Floats, _embeddings: Floats, counts: Ints, _seed: int) -> Doubles:
    """Chance that the most probable class is wrong, worth half as much with every answer already given."""
    wrong: Doubles = 1 - probabilities.max(axis=1).astype(np.float64)
    return wrong * _discount(counts)


def margin(probabilities: Floats, _embeddings: Floats, counts: Ints, _seed: int) -> Doubles:
    """How close the two most probable classes are."""
    top = np.partition(probabilities, -2, axis=1)[:, -2:].astype(np.float64)
    close: Doubles = 1 - np.abs(top[:, 1] - top[:, 0])
    return close * _discount(counts)


def entropy(probabilities: Floats, _embeddings: Floats, counts: Ints, _seed: int) -> Doubles:
    """Entropy as a share of its largest."""
    clipped = np.maximum(probabilities.astype(np.float64), TINY)
    nats = -(clipped * np.log(clipped)).sum(axis=1)
    scores: Doubles = nats / np.log(max(probabilities.shape[1], 2)) * _discount(counts)
    return scores


def random(probabilities: Floats, _embeddings: Floats, _counts: Ints, seed: int) -> Doubles:
    """Uniform, for honest figures."""
    return np.random.default_rng(seed).random(len(probabilities))


def typical(_probabilities: Floats, embeddings: Floats, counts: Ints, seed: int) -> Doubles:
    """Cold start (Hacohen et al. 2022, arXiv:2202.02794): the middle of each cluster first, clusters taking turns.

    The item nearest its centre scores highest in its cluster, the next nearest comes a round later, and so on.
    """
    items = len(embeddings)
    if items == 0:
        return np.zeros(0)
    clusters = int(np.clip(items // ITEMS_A_CLUSTER, 1, CLUSTERS))
    unit = _unit(embeddings)
    random_state = np.random.default_rng(seed)
    sample = unit[random_state.choice(items, min(items, FIT_ROWS), replace=False)]
    model = MiniBatchKMeans(clusters, random_state=seed, n_init=3, batch_size=2048).fit(sample)
    distances = model.transform(unit)
    member = distances.argmin(axis=1)
    order = np.lexsort((distances[np.arange(items), member], member))
    starts = np.searchsorted(member[order], np.arange(clusters))
    rounds = np.empty(items)
    rounds[order] = np.arange(items) - starts[member[order]]
    scores: Doubles = (1 - rounds / items) * _discount(counts)
    return scores


STRATEGIES: dict[str, Strategy] = {
    "lowest_confidence": lowest_confidence,
    "margin": margin,
    "entropy": entropy,
    "random": random,
    "typical": typical,
}


def diverse(scores: Doubles, embeddings: Floats, picks: int) -> Ints:
    """Positions of `picks` items, best first: k-center (Sener and Savarese 2018) among the best POOL * picks.

    Each pick maximises score times distance from the picks before it, so that of near duplicates one is asked.
    """
    picks = min(picks, len(scores))
    if picks == 0:
        return np.zeros(0, np.intp)
    pool = np.argsort(-scores, kind="stable")[: POOL * picks]
    unit, worth = _unit(embeddings[pool]), np.maximum(scores[pool], TINY)
    chosen = [0]
    far = _distance(unit, unit[0])
    for _ in range(picks - 1):
        gain = worth * (far + TINY)
        gain[chosen] = -1.0
        chosen.append(int(gain.argmax()))
        far = np.minimum(far, _distance(unit, unit[chosen[-1]]))
    return pool[chosen]


def _discount(counts: Ints) -> Doubles:
    """What another answer is still worth after so many."""
    return np.power(ANSWER_DISCOUNT, counts.astype(np.float64))


def _unit(embeddings: Floats) -> npt.NDArray[np.float32]:
    """Rows of length one, so that distance is an angle."""
    values = embeddings.astype(np.float32, copy=False)
    scaled: npt.NDArray[np.float32] = values / np.maximum(np.linalg.norm(values, axis=1, keepdims=True), TINY)
    return scaled


def _distance(unit: npt.NDArray[np.float32], centre: npt.NDArray[np.float32]) -> Doubles:
    """Euclidean distance of unit rows to one of them."""
    squared: Doubles = 2 - 2 * (unit @ centre).astype(np.float64)
    return np.sqrt(np.maximum(squared, 0))
