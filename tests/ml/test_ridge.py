"""The kernel ridge head: what it says out of fold depends on no row's own answer, and a saved one says the same."""

from typing import Any

import numpy as np
import pytest

from ml import ridge
from ml.head import LinearHead
from ml.kernel import Kernel
from ml.part import Part
from ml.recipe import Recipe
from ml.ridge import fit_ridge

RECIPE = Recipe(kind="head", landmarks=60, ridge=True)


def two_rings(count: int = 200) -> tuple[np.ndarray, Part]:
    """A ring around a blob, which no straight line parts; one answer in ten is wrong."""
    random = np.random.default_rng(0)
    label = np.arange(count) % 2
    angle, far = random.uniform(0, 2 * np.pi, count), np.where(label == 1, 3.0, 0.5) + random.normal(0, 0.2, count)
    features = np.stack([far * np.cos(angle), far * np.sin(angle)], axis=1).astype(np.float32)
    said = np.where(random.random(count) < 0.1, 1 - label, label)
    targets = np.where(said[:, None] == np.arange(2), 0.9, 0.1)
    return features, Part(np.arange(count), targets, np.ones(count), np.arange(count) % 5)


def test_it_bends_where_a_line_cannot_and_is_the_same_when_saved() -> None:
    features, part = two_rings()
    found = fit_ridge(features, part, RECIPE, lambda _: None, lambda: False)
    assert (found.out_of_fold.argmax(axis=1) == np.arange(200) % 2).mean() > 0.95
    kernel = Kernel(found.tensors["landmarks"], found.about["gamma"], scale=found.tensors["scale"])
    saved = LinearHead(found.tensors["weight"], found.tensors["bias"]).logits(kernel(features))
    np.testing.assert_allclose(saved, found.logits, atol=0.05)


def test_no_row_s_own_answer_moves_what_is_said_of_it() -> None:
    features, part = two_rings()
    changed = part.targets.copy()
    changed[part.folds == 2] = changed[part.folds == 2][:, ::-1]
    other = Part(part.rows, changed, part.weights, part.folds)
    first, second = (
        fit_ridge(features, each, RECIPE, lambda _: None, lambda: False).out_of_fold for each in (part, other)
    )
    inside = part.folds == 2
    scale = np.abs(first[inside]).max()
    assert (first[inside].argmax(axis=1) == second[inside].argmax(axis=1)).mean() > 0.95
    assert np.abs(first[~inside] - second[~inside]).max() > 0.1 * scale


def test_with_many_rows_the_first_folds_choose_the_strength_and_every_row_is_still_said_out_of_fold(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    features, part = two_rings()
    whole = fit_ridge(features, part, RECIPE, lambda _: None, lambda: False)
    monkeypatch.setattr(ridge, "JUDGED", 70)
    lines: list[dict[str, Any]] = []
    found = fit_ridge(features, part, RECIPE, lines.append, lambda: False)
    assert [line["validated"] for line in lines] == [80, 80, 80], "two of five folds of forty rows"
    assert found.about["precision"] == whole.about["precision"]
    np.testing.assert_allclose(found.out_of_fold, whole.out_of_fold)


def test_leaving_a_fold_out_is_the_same_as_fitting_without_it_be_it_small_or_large(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    random = np.random.default_rng(1)
    rows, weights = random.normal(size=(90, 12)).astype(np.float32), random.uniform(0, 2, 90)
    weights[:7] = 0
    part = Part(np.arange(90), random.dirichlet(np.ones(3), 90), weights, np.arange(90) // 30)
    own, rest = np.arange(30), np.arange(30, 90)
    whole = ridge._Fit.of(ridge._Sums.of(rows, part.targets, weights), 0.3)
    alone = ridge._Fit.of(ridge._Sums.of(rows[rest], part.targets[rest], weights[rest]), 0.3)
    expected = rows[own] @ alone.weights() + alone.sums.shares()
    for many in (0, 3):
        monkeypatch.setattr(ridge, "MANY", many)
        fold = ridge._Fold.of(rows, part, own)
        assert (fold.sums is None) == (many == 0)
        said = fold.said(whole, 0.3, rows[own], part.targets[own], weights[own])
        np.testing.assert_allclose(said, expected, atol=1e-4)
