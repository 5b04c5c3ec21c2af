"""Class shares that the owner expects where the model is used (no penguins in Borneo).

They move what is suggested. The judgement comes before that: held-out items come in the shares of the project, and a
model that is told to expect others would look worse there the better it is told.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
from numpy.typing import ArrayLike

from labeling.training.models import RetrainPolicy
from ml.train import Trained

Array = npt.NDArray[np.floating[Any]]

LEAST = 1e-9  # a class that is said never to come


def priors_for(policy: RetrainPolicy, label_ids: Sequence[int]) -> list[float] | None:
    """(K,) shares that sum to one; None where the owner has said nothing of them."""
    said = [max(float(policy.priors.get(str(label), 0.0)), 0.0) for label in label_ids]
    total = sum(said)
    return [share / total for share in said] if total > 0 else None


def expect(trained: Trained, priors: Sequence[float] | None) -> Trained:
    """The same model, its probabilities divided by the shares learnt with, times those expected (Saerens 2002)."""
    if priors is None:
        return trained
    return replace(trained, probabilities=_moved(trained.probabilities, _ratio(priors, trained.prior)))


def as_learnt(probabilities: Array, metrics: Mapping[str, Any]) -> Array:
    """The same (M, K) before the expected shares moved it; `metrics` are those of the version that said it."""
    if "priors" not in metrics or "learnt" not in metrics:
        return probabilities
    return _moved(probabilities, 1 / _ratio(metrics["priors"], metrics["learnt"]))


def _ratio(priors: ArrayLike, learnt: ArrayLike) -> Array:
    return np.asarray(np.maximum(np.asarray(priors), LEAST) / np.asarray(learnt))


def _moved(probabilities: Array, ratio: Array) -> Array:
    moved = probabilities * ratio
    return np.asarray(moved / moved.sum(axis=1, keepdims=True), np.float32)
