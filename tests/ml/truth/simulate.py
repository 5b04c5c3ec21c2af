"""Simulated crowds with known truth, skill and copy rate."""

from dataclasses import dataclass

import numpy as np

from ml.truth.answers import BLIND, Answers, Floats, Ints, collect


@dataclass(frozen=True, eq=False)
class Crowd:
    """Answers, the truth (N,) behind them, and each person's confusion (P, K, K)."""

    answers: Answers
    truth: Ints
    confusion: Floats


def crowd(
    seed: int,
    *,
    n_items: int = 300,
    n_people: int = 12,
    n_classes: int = 3,
    each: int = 4,
    skill: tuple[float, float] = (0.6, 0.95),
    copy: float = 0.0,
    shown_share: float = 0.0,
) -> Crowd:
    """Independent people, each item answered by `each` of them; wrong classes are equally likely."""
    rng = np.random.default_rng(seed)
    truth = rng.integers(n_classes, size=n_items).astype(np.int32)
    right = rng.uniform(*skill, size=n_people)
    confusion = np.repeat(((1 - right) / (n_classes - 1))[:, None, None], n_classes, 1).repeat(n_classes, 2)
    confusion[:, np.arange(n_classes), np.arange(n_classes)] = right[:, None]
    item = np.repeat(np.arange(n_items), each)
    person = np.concatenate([rng.permutation(n_people)[:each] for _ in range(n_items)])
    chance = confusion[person, truth[item]].cumsum(axis=1)
    symbol = (rng.random((item.size, 1)) > chance[:, :-1]).sum(axis=1)
    suggestion = np.where(rng.random(n_items) < 0.7, truth, rng.integers(n_classes, size=n_items))
    shown = np.where(rng.random(item.size) < shown_share, suggestion[item], BLIND)
    copied = (shown != BLIND) & (rng.random(item.size) < copy)
    symbol = np.where(copied, shown, symbol)
    answers = collect(
        item, person, symbol, shown=shown, n_classes=n_classes, n_items=n_items, n_people=n_people
    )  # fmt: skip
    return Crowd(answers, truth, confusion)
