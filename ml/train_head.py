"""The head on cached features: prior precision by cross-validation inside the training part, then one last fit."""

from pathlib import Path
from typing import Any

import numpy as np

from ml.calibration import likelihood_loss
from ml.head import Array, Axes, Doubles, fit, fold_back, principal_axes
from ml.inputs import Inputs, vectors
from ml.kernel import kernel_of
from ml.part import Fitted, Part, progress_event
from ml.recipe import Progress as Report
from ml.recipe import Recipe, Stop, Stopped
from ml.ridge import fit_ridge
from ml.unlabelled import drawn, fit_with_unlabelled

PRECISIONS = (3e3, 1e3, 300.0, 100.0, 30.0, 10.0, 3.0, 1.0, 0.3, 0.1)  # strong to weak; the walk stops past the best
ENOUGH_JUDGED = 2000  # rows that tell one precision from the next; beyond these, further folds only cost time


def fit_head(
    inputs: Inputs,
    part: Part,
    recipe: Recipe,
    _out_dir: Path,
    _key: str,
    report: Report,
    should_stop: Stop,
) -> Fitted:
    """Fit on (N, D) features; it takes seconds, so that a killed one simply begins again."""
    features = vectors(inputs)
    if recipe.ridge:
        return fit_ridge(features, part, recipe, report, should_stop)
    more = drawn(part.open, recipe.seed) if recipe.unlabelled else part.open[:0]
    marks = features[np.concatenate([part.rows, more])]
    kernel = kernel_of(marks, recipe.landmarks, recipe.seed, recipe.frames) if recipe.landmarks else None
    entering = features if kernel is None else kernel(features, should_stop)
    axes = principal_axes(entering[part.rows])
    precision = _choose_precision(axes, part, recipe.folds, report, should_stop)
    if len(more):
        known, unknown = entering[part.rows], entering[more]
        out_of_fold = _borrow_folds(known, unknown, part, recipe, precision, report, should_stop)
        head = fit_with_unlabelled(known, part.targets, part.weights, unknown, precision, recipe.unlabelled)
    else:
        out_of_fold = _predict_folds(axes, part, recipe.folds, precision, report, should_stop)
        head = fold_back(axes, fit(axes.coordinates, axes.scale, part.targets, part.weights, precision))
    tensors: dict[str, Array] = {"weight": head.weight, "bias": head.bias}
    about: dict[str, Any] = {"precision": precision, "axes": len(axes.scale), "dimensions": features.shape[1]}
    if kernel is not None:
        tensors["landmarks"] = kernel.landmarks
        about |= {"gamma": kernel.gamma, "unit": kernel.unit}
    return Fitted(out_of_fold, head.logits(entering), features, tensors, about)


def _choose_precision(axes: Axes, part: Part, folds: int, report: Report, should_stop: Stop) -> float:
    """Walk from strong to weak, each fold from its own last optimum, until the likelihood no longer gains."""
    judged = min(folds, -(-ENOUGH_JUDGED * folds // len(part.rows)))
    inside = part.folds < judged
    starts: list[Doubles | None] = [None] * judged
    best, chosen = float("inf"), PRECISIONS[0]
    for step, precision in enumerate(PRECISIONS):
        logits = np.full_like(part.targets, np.nan)
        for fold in range(judged):
            _check_stop(should_stop)
            starts[fold] = _fit_fold(axes, part, fold, precision, starts[fold], logits)
        loss = likelihood_loss(logits[inside], part.targets[inside], part.weights[inside]) if inside.any() else 0.0
        report(progress_event(part, logits, phase="precision", epoch=step, loss=loss, precision=precision))
        if loss > best:
            break
        best, chosen = loss, precision
    return chosen


def _predict_folds(axes: Axes, part: Part, folds: int, precision: float, report: Report, should_stop: Stop) -> Doubles:
    """(M, K) logits, every row by a model that never saw its fold."""
    logits = np.full_like(part.targets, np.nan)
    for fold in range(folds):
        _check_stop(should_stop)
        _fit_fold(axes, part, fold, precision, None, logits)
        known = np.isfinite(logits[:, 0])
        loss = likelihood_loss(logits[known], part.targets[known], part.weights[known]) if known.any() else 0.0
        report(progress_event(part, logits, phase="fold", fold=fold, folds=folds, epoch=fold, loss=loss))
    return logits


def _borrow_folds(
    known: Array, unknown: Array, part: Part, recipe: Recipe, precision: float, report: Report, should_stop: Stop
) -> Doubles:
    """(M, K) logits, every fold's rows by a model that had them among those without labels."""
    logits = np.full_like(part.targets, np.nan)
    for fold in np.unique(part.folds):
        _check_stop(should_stop)
        outside, inside = part.folds != fold, part.folds == fold
        more = np.concatenate([known[inside], unknown])
        head = fit_with_unlabelled(
            known[outside], part.targets[outside], part.weights[outside], more, precision, recipe.unlabelled
        )
        logits[inside] = head.logits(known[inside])
        seen = np.isfinite(logits[:, 0])
        loss = likelihood_loss(logits[seen], part.targets[seen], part.weights[seen])
        about = {"phase": "fold", "fold": int(fold), "folds": recipe.folds, "epoch": int(fold)}
        report(progress_event(part, logits, **about, loss=loss))
    return logits


def _fit_fold(axes: Axes, part: Part, fold: int, precision: float, start: Doubles | None, logits: Doubles) -> Doubles:
    """Fit without one fold and write its predictions into `logits`."""
    outside, inside = part.folds != fold, part.folds == fold
    parameters = fit(
        axes.coordinates[outside], axes.scale, part.targets[outside], part.weights[outside], precision, start
    )
    logits[inside] = axes.coordinates[inside] @ parameters[:-1] + parameters[-1]
    return parameters


def _check_stop(should_stop: Stop) -> None:
    if should_stop():
        raise Stopped
