"""Checks before a training, each a row with figure, expectation and verdict."""

from ml.preflight.check import Check, Verdict, failures, judged, reason
from ml.preflight.head import check_head
from ml.preflight.network import check_blind, check_first_loss, check_gradients, check_overfit, check_seeds
from ml.preflight.run import Preflight, preflight
from ml.preflight.samples import Sample, save_samples
from ml.preflight.sides import (
    check_declared_apart,
    check_groups_apart,
    check_items_apart,
    check_sides,
    check_sources,
)

__all__ = [
    "Check",
    "Preflight",
    "Sample",
    "Verdict",
    "check_blind",
    "check_declared_apart",
    "check_first_loss",
    "check_gradients",
    "check_groups_apart",
    "check_head",
    "check_items_apart",
    "check_overfit",
    "check_seeds",
    "check_sides",
    "check_sources",
    "failures",
    "judged",
    "preflight",
    "reason",
    "save_samples",
]
