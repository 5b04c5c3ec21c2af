"""Class shares that the owner expects where the model is used (no penguins in Borneo)."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from labeling.training.models import RetrainPolicy
from ml.train import Trained

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
    ratio = np.maximum(np.asarray(priors), LEAST) / trained.prior
    moved = trained.probabilities * ratio
    return replace(trained, probabilities=(moved / moved.sum(axis=1, keepdims=True)).astype(np.float32))
