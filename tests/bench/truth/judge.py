"""How right each method is on a real crowd, and how right it says it is."""

from __future__ import annotations

import time

import numpy as np

from ml.truth import majority
from ml.truth.answers import Floats, Ints, collect
from ml.truth.calibration import Precision, precision
from ml.truth.dawid_skene import fit
from ml.truth.posterior import posterior, posteriors
from tests.bench.truth.crowds import Crowd
from tests.bench.truth.oracle import Oracle

TARGET = 0.95
Z95 = 1.96
GOLD_SHARE = 0.1
GOLD_SEEDS = range(5)


def judge(name: str, crowd: Crowd, oracle: Oracle | None) -> dict[str, float]:
    """One crowd: accuracy by method, the gap to the better of the others, and overclaims."""
    model = fit(crowd.answers)
    scores = {"majority": majority.shares(crowd.answers), "emerald": posteriors(model, crowd.answers)}
    if oracle is not None:
        scores["crowdkit"] = oracle.posteriors(crowd.answers)
    figures = {f"acc_{name}_{method}": right(score, crowd.truth).mean() for method, score in scores.items()}
    figures |= gap(name, scores, crowd.truth)
    for method, score in scores.items():
        kept = verified(score, crowd.truth)
        figures |= {f"stated_{name}_{method}": kept.stated, f"real_{name}_{method}": kept.real}
    kept, every = verified(scores["emerald"], crowd.truth), everything(scores["emerald"], crowd.truth)
    figures |= {
        # Where nothing is sure enough to be verified, what is said of all labels is held against the truth.
        f"overclaim_{name}": kept.overclaim if kept.n else every.overclaim,
        f"overclaim_half_interval_{name}": (kept.real_high - kept.real_low) / 2 if kept.n else float("nan"),
        f"overclaim_all_{name}": every.overclaim,
        f"verified_share_{name}": kept.n / crowd.truth.size,
        f"strength_{name}": model.strength,
        f"hard_{name}": model.hard,
        f"hard_low_{name}": model.hard_low,
        f"hard_high_{name}": model.hard_high,
    }
    return figures | with_gold(name, crowd, model.strength)


def gap(name: str, scores: dict[str, Floats], truth: Ints) -> dict[str, float]:
    """Our accuracy less that of the better of the others, with the half interval of the paired difference."""
    hits = {method: right(score, truth) for method, score in scores.items()}
    ours = hits.pop("emerald")
    difference = ours - max(hits.values(), key=np.mean)
    half = Z95 * difference.std() / np.sqrt(difference.size)
    return {f"gap_{name}": difference.mean(), f"gap_half_interval_{name}": half}


def with_gold(name: str, crowd: Crowd, strength: float) -> dict[str, float]:
    """Overclaims on the other items when a random share is gold, the mean of several draws."""
    kept: list[Precision] = []
    every: list[Precision] = []
    for seed in GOLD_SEEDS:
        known = np.random.default_rng(seed).random(crowd.truth.size) < GOLD_SHARE
        model = fit(crowd.answers, gold=np.where(known, crowd.truth, -1), strength=strength)
        score, truth = posteriors(model, crowd.answers)[~known], crowd.truth[~known]
        kept.append(verified(score, truth))
        every.append(everything(score, truth))
    some = [found.overclaim for found in kept if found.n]
    return {
        f"overclaim_{name}_gold": float(np.mean(some)) if some else float("nan"),
        f"verified_share_{name}_gold": float(np.mean([k.n / e.n for k, e in zip(kept, every, strict=True)])),
        f"overclaim_all_{name}_gold": float(np.mean([found.overclaim for found in every])),
    }


def right(score: Floats, truth: Ints) -> Floats:
    """The chance that each item's top class is the truth, ties broken at random, (N,)."""
    return majority.winners(score)[np.arange(truth.size), truth]


def verified(score: Floats, truth: Ints) -> Precision:
    """Stated and real precision of the labels at or above the target."""
    sure = score.max(axis=1) >= TARGET
    return everything(score[sure], truth[sure])


def everything(score: Floats, truth: Ints) -> Precision:
    """Stated and real precision of all labels."""
    return precision(score.max(axis=1, initial=0), right(score, truth) if truth.size else np.zeros(0))


def stopped_early(crowd: Crowd) -> dict[str, float]:
    """CIFAR-10N asked until the posterior passes the target or three answers are in; people only."""
    answers = crowd.answers
    model = fit(answers)
    rank = np.arange(len(answers)) % 3
    score = np.zeros((answers.n_items, answers.n_classes))
    asking = np.ones(answers.n_items, bool)
    used = 0
    for each in range(3):
        used += int(asking.sum())
        score[asking] = posteriors(model, answers.where(rank <= each))[asking]
        asking &= score.max(axis=1) < TARGET
    kept = verified(score, crowd.truth)
    return {
        "stop_answers_per_item": used / answers.n_items,
        "stop_accuracy": right(score, crowd.truth).mean(),
        "stop_verified_share": kept.n / answers.n_items,
        "stop_stated": kept.stated,
        "stop_real": kept.real,
        "overclaim_cifar10n_stop": kept.overclaim,
    }


def online() -> dict[str, float]:
    """The median milliseconds of one posterior with three answers, ten classes and 1,000 people, as in a submit."""
    rng = np.random.default_rng(0)
    person = rng.integers(1000, size=30_000)
    answers = collect(np.repeat(np.arange(10_000), 3), person, rng.integers(10, size=30_000), n_classes=10)
    model = fit(answers, strength=10.0, max_iterations=3)
    row = np.full(10, 0.1)
    taken = []
    for start in range(0, 3000, 3):
        began = time.perf_counter()
        posterior(model, [1, 2, 2], person[start : start + 3].tolist(), [-1, 2, 1], row)
        taken.append(time.perf_counter() - began)
    return {"online_ms": 1000 * float(np.median(taken))}
