"""When to stop asking about an item: a pure rule over its posterior, its answers and what one more would bring."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from ml.truth.answers import Floats


class Outcome(StrEnum):
    """What becomes of an item now."""

    VERIFIED = "verified"
    ASK_AGAIN = "ask again"
    DISPUTED = "disputed"


@dataclass(frozen=True)
class Rules:
    """A project's rules. target: posterior at which a label is verified. limit: answers at most.

    least_gain: by how much one more answer must be expected to raise the chance of being right to be worth asking;
    0 asks up to the limit. company: answers that an item needs where all so far came from newcomers.
    """

    target: float = 0.95
    limit: int = 5
    least_gain: float = 0.0
    company: int = 2


@dataclass(frozen=True)
class Decision:
    """The outcome, the most probable class, its posterior, and why."""

    outcome: Outcome
    label: int
    confidence: float
    reason: str


def expected_gain(posterior: Floats, pooled: Floats) -> float:
    """By how much one more answer is expected to raise the top posterior.

    sum_s max_t p(t) theta[t, s] - max_t p(t), with posterior p (K,) and pooled theta (K, S), rows summing to one.
    """
    joint = posterior[:, None] * pooled
    return max(0.0, float(joint.max(axis=0).sum() - posterior.max()))


def expected_gains(posteriors: Floats, pooled: Floats) -> Floats:
    """expected_gain of each item, (N,), one symbol at a time: memory stays with (N, K)."""
    gain = -posteriors.max(axis=1)
    for symbol in range(pooled.shape[1]):
        gain += (posteriors * pooled[:, symbol]).max(axis=1)
    return np.asarray(np.maximum(0.0, gain))


def decide(posterior: Floats, pooled: Floats, rules: Rules, *, answers: int, newcomers: int = 0) -> Decision:
    """The next step for an item with this posterior (K,); answers counts people's answers, newcomers those among them.

    A person must have looked: without an answer an item is never verified, whatever the classifier says.
    """
    label = int(posterior.argmax())
    confidence = float(posterior[label])

    def outcome(kind: Outcome, reason: str) -> Decision:
        return Decision(kind, label, confidence, reason)

    if answers == 0:
        return outcome(Outcome.ASK_AGAIN, "nobody has looked")
    alone = newcomers == answers and answers < min(rules.company, rules.limit)
    if alone:
        return outcome(Outcome.ASK_AGAIN, "only newcomers have answered")
    if confidence >= rules.target:
        return outcome(Outcome.VERIFIED, "the target is reached")
    if answers >= rules.limit:
        return outcome(Outcome.DISPUTED, "the limit of answers is reached")
    if rules.least_gain > 0 and expected_gain(posterior, pooled) < rules.least_gain:
        return outcome(Outcome.DISPUTED, "another answer is worth too little")
    return outcome(Outcome.ASK_AGAIN, "below the target")
