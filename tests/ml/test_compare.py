"""The gates between two models, on cases worked by hand."""

import numpy as np
import pytest

from ml.compare import better, slices_hold


def flags(right: int, items: int) -> np.ndarray:
    """The first `right` of `items`."""
    return np.arange(items) < right


def test_a_changed_recipe_must_be_better_beyond_chance() -> None:
    assert better(flags(60, 100), flags(80, 100)).passed
    close = better(flags(60, 100), flags(63, 100))
    assert not close.passed
    assert close.difference == pytest.approx(0.03)
    assert not better(flags(80, 100), flags(60, 100)).passed
    assert not better(flags(0, 0), flags(0, 0)).passed


def test_a_gain_within_one_speaker_alone_is_not_proven() -> None:
    """Twenty items gained, all of one of two groups: drawn anew, that group may be missing."""
    groups = ["a"] * 50 + ["b"] * 50
    assert not better(flags(0, 100), flags(20, 100), groups).passed


def test_a_slice_that_falls_is_named() -> None:
    old, new = np.ones(60, bool), np.ones(60, bool)
    new[:6] = False
    members = {"source: a": np.arange(60) < 30, "source: b": np.arange(60) >= 30, "source: rare": np.arange(60) < 5}
    found = slices_hold(old, new, members, drop=0.1)
    assert set(found) == {"source: a", "source: b"}  # five items say nothing
    assert not found["source: a"].passed
    assert found["source: a"].reason.startswith("source: a: -20.0 % on 30 items")
    assert found["source: b"].passed
