"""What to ask next, as pure functions: the higher the score, the sooner the question.

Every strategy takes (N, K) calibrated probabilities, (N, E) embeddings, (N,) counts of answers so far and a seed, and
gives (N,) scores in [0, 1]; those it does not need it ignores. `diverse` then picks a batch that is not all alike.
Replayed on real people's answers to 5,000 pictures, at one answer an item and one seed: lowest confidence 94.1 % right,
expected gain 94.1 %, lowest confidence without the discount for answers 93.7 %, random 87.7 %.
"""

import heapq
from collections.abc import Callable

import numpy as np
import numpy.typing as npt
from sklearn.cluster import MiniBatchKMeans

from ml.truth.stopping import expected_gains

Doubles = npt.NDArray[np.float64]
Floats = npt.NDArray[np.float32] | npt.NDArray[np.float64]
Ints = npt.NDArray[np.intp]
Strategy = Callable[[Floats, Floats, Ints, int], Doubles]

CLUSTERS = 20  # at most; one for each few hundred items
ITEMS_A_CLUSTER = 50
FIT_ROWS = 3_000  # clusters are found on a sample and then asked of all
ANSWER_DISCOUNT = 0.5  # each answer halves what the next one can still tell
POOL = 10  # candidates for each pick of a diverse batch
TINY = 1e-12
PICKS = 200  # chosen one after another by strategies that need it
CENTRES = 200  # items asked before from which k-center keeps away
ACCURACY = 0.8  # of people, where nothing else is known; as in `ml.truth.tally`


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
    model = MiniBatchKMeans(clusters, random_state=seed, n_init=1, batch_size=2048).fit(sample)
    distances = model.transform(unit)
    member = distances.argmin(axis=1)
    order = np.lexsort((distances[np.arange(items), member], member))
    starts = np.searchsorted(member[order], np.arange(clusters))
    rounds = np.empty(items)
    rounds[order] = np.arange(items) - starts[member[order]]
    scores: Doubles = (1 - rounds / items) * _discount(counts)
    return scores


def k_center(_probabilities: Floats, embeddings: Floats, counts: Ints, seed: int) -> Doubles:
    """Whatever lies farthest from all that was asked (Sener and Savarese 2018, arXiv:1708.00489), one after another.

    The first PICKS are chosen greedily; what is left scores below them, by its distance from what was asked or chosen.
    """
    if len(embeddings) == 0:
        return np.zeros(0)
    unit, asked = _unit(embeddings), np.flatnonzero(counts > 0)
    random_state = np.random.default_rng(seed)
    near = random_state.permutation(asked)[:CENTRES] if len(asked) else random_state.integers(0, len(unit), 1)
    far = np.full(len(unit), np.inf)
    for start in near:
        far = np.minimum(far, _distance(unit, unit[start]))
    chosen: list[int] = []
    for _ in range(min(PICKS, len(unit))):
        chosen.append(int(far.argmax()))
        far = np.minimum(far, _distance(unit, unit[chosen[-1]]))
    return _first(chosen, far / 2) * _discount(counts)


def badge(probabilities: Floats, embeddings: Floats, counts: Ints, seed: int) -> Doubles:
    """Gradients of the last layer that are large and unlike each other (Ash et al. 2020, arXiv:1906.03671).

    With e = p - onehot(argmax p) the gradient is e x^T; k-means++ on these needs inner products alone, and
    <e x^T, f y^T> = <e, f> <x, y>, so that no gradient of K * E numbers is ever written down.
    """
    if len(embeddings) == 0:
        return np.zeros(0)
    unit = _unit(embeddings)
    residual = probabilities.astype(np.float64).copy()
    residual[np.arange(len(residual)), residual.argmax(axis=1)] -= 1
    size = (residual**2).sum(axis=1)
    random_state = np.random.default_rng(seed)
    chosen = [int(size.argmax())]
    far = np.full(len(unit), np.inf)
    while True:
        last = chosen[-1]
        inner = (residual @ residual[last]) * (unit @ unit[last])
        far = np.minimum(far, np.maximum(size + size[last] - 2 * inner, 0))
        far[chosen] = 0
        if len(chosen) >= min(PICKS, len(unit)) or far.sum() <= 0:
            break
        chosen.append(int(random_state.choice(len(far), p=far / far.sum())))
    return _first(chosen, size / 2) * _discount(counts)


def expected_gain(probabilities: Floats, _embeddings: Floats, _counts: Ints, _seed: int) -> Doubles:
    """By how much one more answer is expected to raise the chance of being right, as `ml.truth.stopping` has it.

    The posterior already knows of the answers given, so that new items and those asked before stand in one ranking
    (ActiveLab, Goh and Mueller 2023; Lean Crowdsourcing, Branson et al. 2017). People are taken to be right in
    ACCURACY of the cases, their errors spread evenly.
    """
    classes = probabilities.shape[1]
    if not len(probabilities) or classes < 2:
        return np.zeros(len(probabilities))
    pooled = np.full((classes, classes), (1 - ACCURACY) / (classes - 1))
    np.fill_diagonal(pooled, ACCURACY)
    return expected_gains(probabilities.astype(np.float64), pooled)


def _first(chosen: list[int], rest: Doubles) -> Doubles:
    """Scores in which the chosen come first, in their order, above all others."""
    scores = 0.5 * np.clip(rest, 0, 1)
    scores[chosen] = 1 - 0.5 * np.arange(len(chosen)) / max(len(chosen), 1)
    return scores


STRATEGIES: dict[str, Strategy] = {
    "lowest_confidence": lowest_confidence,
    "margin": margin,
    "entropy": entropy,
    "random": random,
    "typical": typical,
    "k_center": k_center,
    "badge": badge,
    "expected_gain": expected_gain,
}


def diverse(scores: Doubles, embeddings: Floats, picks: int) -> Ints:
    """Positions of `picks` items, best first: k-center (Sener and Savarese 2018) among the best POOL * picks.

    Each pick maximises score times distance from the picks before it, so that of near duplicates one is asked.
    """
    picks = min(picks, len(scores))
    if picks == 0:
        return np.zeros(0, np.intp)
    pool = _best(scores, POOL * picks)
    unit, worth = _unit(embeddings[pool]), np.maximum(scores[pool], TINY)
    picked = np.empty((picks, unit.shape[1]), np.float32)
    far, seen = np.full(len(pool), 2.0), np.zeros(len(pool), np.intp)
    # Gains never grow as picks are added: the best of old gains, brought up to date and still on top, is the best.
    waiting = [(-gain, at) for at, gain in enumerate((worth * (far + TINY)).tolist())]
    heapq.heapify(waiting)
    chosen: list[int] = []
    while len(chosen) < picks:
        _, at = waiting[0]
        if seen[at] == len(chosen):
            heapq.heappop(waiting)
            picked[len(chosen)] = unit[at]
            chosen.append(at)
            continue
        fresh = _distance(picked[seen[at] : len(chosen)], unit[at])
        far[at], seen[at] = min(far[at], float(fresh.min())), len(chosen)
        heapq.heapreplace(waiting, (-float(worth[at] * (far[at] + TINY)), at))
    return pool[chosen]


def _best(scores: Doubles, count: int) -> Ints:
    """Positions of the highest scores, best first, without sorting the rest."""
    among = np.argpartition(-scores, count - 1)[:count] if count < len(scores) else np.arange(len(scores))
    return among[np.lexsort((among, -scores[among]))]


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
