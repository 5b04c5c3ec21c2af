"""Two models on the same held-out items, paired, and the gates a new one has to pass. Nothing here chooses anything."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy.special import bdtr

from ml.evaluate import Flags, bootstrap_by_group

SIGNIFICANT = 0.05
LEAST_OF_A_SLICE = 20  # held-out items; with fewer one mistake alone is five points


@dataclass(frozen=True)
class Verdict:
    """Whether a new model may take an old one's place."""

    passed: bool
    difference: float  # new accuracy minus old
    low: float  # 95 % interval of the difference, paired
    high: float
    p_value: float  # McNemar, exact, two-sided
    proven: bool  # the whole interval lies above -margin
    reason: str


def mcnemar(old_correct: Flags, new_correct: Flags) -> float:
    """Exact two-sided p-value that two models err equally often on the same items (McNemar 1947)."""
    gained = int((~old_correct & new_correct).sum())
    lost = int((old_correct & ~new_correct).sum())
    return 1.0 if gained + lost == 0 else min(1.0, 2 * float(bdtr(min(gained, lost), gained + lost, 0.5)))


def paired_difference(
    old_correct: Flags, new_correct: Flags, groups: list[str] | None = None, seed: int = 0
) -> tuple[float, float, float]:
    """New accuracy minus old on the same items, with its 95 % interval by paired bootstrap (over groups if given)."""
    gain = new_correct.astype(np.float64) - old_correct.astype(np.float64)
    names = groups if groups is not None else [str(at) for at in range(len(gain))]
    low, high = bootstrap_by_group(gain, names, seed)
    return float(gain.mean()) if len(gain) else 0.0, low, high


def not_worse(
    old_correct: Flags, new_correct: Flags, margin: float = 0.02, groups: list[str] | None = None, seed: int = 0
) -> Verdict:
    """The gate for a refit on more data: at most `margin` below the old one, and not worse beyond chance.

    With few held-out items no refit could prove more; `proven` says where the whole interval lies above -margin.
    """
    if len(old_correct) == 0:
        return _nothing_to_compare_on()
    difference, low, high = paired_difference(old_correct, new_correct, groups, seed)
    p_value = mcnemar(old_correct, new_correct)
    proven = low >= -margin
    if difference < -margin:
        reason = f"It is right {percent(-difference)} less often, more than the {percent(margin)} allowed."
    elif difference < 0 and p_value < SIGNIFICANT and not proven:
        reason = f"It is right {percent(-difference)} less often, beyond chance (p = {p_value:.3f})."
    else:
        reason = f"Not worse: {percent(difference, '+')} on held-out items."
        return Verdict(True, difference, low, high, p_value, proven, reason)
    return Verdict(False, difference, low, high, p_value, proven, reason)


def better(old_correct: Flags, new_correct: Flags, groups: list[str] | None = None, seed: int = 0) -> Verdict:
    """The gate for a changed recipe: the whole interval above zero, and McNemar's p under 0.05.

    Both are asked: the interval knows of groups, McNemar's test is exact where few items changed sides.
    """
    if len(old_correct) == 0:
        return _nothing_to_compare_on()
    difference, low, high = paired_difference(old_correct, new_correct, groups, seed)
    p_value = mcnemar(old_correct, new_correct)
    passed = low > 0 and p_value < SIGNIFICANT
    words = "Better beyond chance" if passed else "Not better beyond chance"
    interval = f"95 % {percent(low, '+')} to {percent(high, '+')}"
    reason = f"{words}: {percent(difference, '+')} ({interval}, p = {p_value:.3f})."
    return Verdict(passed, difference, low, high, p_value, low >= 0, reason)


def slices_hold(
    old_correct: Flags,
    new_correct: Flags,
    members: Mapping[str, Flags],
    drop: float,
    least: int = LEAST_OF_A_SLICE,
    groups: list[str] | None = None,
    seed: int = 0,
) -> dict[str, Verdict]:
    """For each named part (N,) of the held-out items with at least `least` in it: may it be called held?

    It is not where the new model is more than `drop` below the old one there; the reason names the part.
    """
    verdicts = {}
    for name, inside in members.items():
        if inside.sum() < least:
            continue
        own = [group for group, kept in zip(groups, inside, strict=True) if kept] if groups is not None else None
        found = not_worse(old_correct[inside], new_correct[inside], drop, own, seed)
        held = found.difference >= -drop
        items = int(inside.sum())
        reason = f"{name}: {percent(found.difference, '+')} on {items} items, {percent(drop)} down is allowed."
        verdicts[name] = Verdict(held, found.difference, found.low, found.high, found.p_value, found.proven, reason)
    return verdicts


def percent(share: float, sign: str = "-") -> str:
    """A share as pages write it, 83.2 %; with the sign "+" also where it is positive."""
    return f"{100 * share:{sign}.1f} %"


def _nothing_to_compare_on() -> Verdict:
    return Verdict(False, 0.0, -1.0, 1.0, 1.0, False, "There are no held-out items to compare on.")
