"""Random search: the same draws for the same seed, judged out of fold, and a better one has to be really better."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from ml import search as searching
from ml.recipe import CannotTrain, Recipe, Stopped
from ml.search import NETWORK, Trial, changed, chosen, drawn, search, space_of
from ml.snapshot import Row, Snapshot, write_snapshot
from ml.train import Trained, train

BENT = Recipe(landmarks=1, ridge=True, folds=3)
TIGHT = {"landmarks": (1, 40)}


@pytest.fixture(scope="module")
def rings(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    """A ring around a cloud, which one landmark cannot tell apart and forty can; some are held out."""
    random = np.random.default_rng(0)
    labels = np.arange(120) % 2
    angle, radius = random.uniform(0, 2 * np.pi, 120), np.where(labels, 3.0, 0.5) + random.normal(0, 0.2, 120)
    features = np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1).astype(np.float32)
    rows = [
        Row(f"{at}", f"{at}", f"{at}", (1.0, 0.0) if label else (0.0, 1.0), "train" if at % 6 else "heldout")
        for at, label in enumerate(labels)
    ]
    return write_snapshot(
        tmp_path_factory.mktemp("rings"), name="rings", kind="image", classes=("in", "out"), rows=rows,
        feature_version="test@1", features=features,
    )  # fmt: skip


def test_draws_differ_from_the_recipe_and_each_other_and_repeat_with_the_seed() -> None:
    recipe = Recipe(kind="image_cnn")
    made = drawn(recipe, "image", 12)
    assert made == drawn(recipe, "image", 12)
    assert made != drawn(replace(recipe, seed=1), "image", 12)
    assert made[0] == {}
    assert len(made) == 13
    assert len({repr(sorted(one.items())) for one in made}) == 13
    assert all(value in NETWORK[name] for one in made for name, value in one.items())
    assert made[:5] == drawn(recipe, "image", 4)
    tried = changed(recipe, {"lr": 1e-3, "mix": 0.2})
    assert (tried.lr, tried.augment.mix, tried.augment.shift) == (1e-3, 0.2, recipe.augment.shift)


def test_a_small_space_is_exhausted_rather_than_tried_twice() -> None:
    assert space_of(Recipe(), "audio") == {"balance": (0.0, 0.5, 1.0)}
    assert len(drawn(Recipe(), "audio", 30)) == 3


def test_the_better_recipe_is_found_out_of_fold_alone(
    rings: Snapshot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(searching.SPACES, "image", TIGHT)
    trials: list[Trial] = []
    found = search(rings, BENT, 5, tmp_path, trials.append)
    assert found == replace(BENT, landmarks=40)
    assert [trial.number for trial in trials] == [0, 1]
    assert trials[1].gain is not None
    assert trials[1].gain > 0.1
    assert trials[0].loss == pytest.approx((trials[1].loss or 0) + trials[1].gain)
    assert not list(tmp_path.iterdir())
    turned = [replace(row, posterior=row.posterior[::-1]) if row.split == "heldout" else row for row in rings.rows]
    again: list[Trial] = []
    search(replace(rings, rows=tuple(turned)), BENT, 5, tmp_path, again.append)
    assert [replace(trial, seconds=0) for trial in again] == [replace(trial, seconds=0) for trial in trials]


def test_a_killed_search_goes_on_where_it_was(
    rings: Snapshot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(searching.SPACES, "image", {"landmarks": (5, 20, 40), "balance": (0.0, 0.5, 1.0)})
    whole: list[Trial] = []
    usual = replace(BENT, landmarks=40)
    best = search(rings, usual, 4, tmp_path, whole.append)
    rest: list[Trial] = []
    assert search(rings, usual, 4, tmp_path, rest.append, done=whole[:3]) == best
    assert [replace(trial, seconds=0) for trial in rest] == [replace(trial, seconds=0) for trial in whole[3:]]
    polls = iter(range(1000))
    with pytest.raises(Stopped):
        search(rings, usual, 4, tmp_path, should_stop=lambda: next(polls) > 3)
    assert not list(tmp_path.iterdir())

    def failing(snapshot: Snapshot, recipe: Recipe, *given: object, **named: object) -> Trained:
        if recipe != usual:
            raise CannotTrain("Too wide.")
        return train(snapshot, recipe, tmp_path / "trial")

    monkeypatch.setattr("ml.search.train", failing)
    failed: list[Trial] = []
    assert search(rings, usual, 2, tmp_path, failed.append) == usual
    assert [trial.reason for trial in failed] == ["", "Too wide.", "Too wide."]


def test_a_lead_within_chance_is_none() -> None:
    plain = Trial(0, {}, 0.5, 0.0, 0.0)
    lucky = Trial(1, {"balance": 1.0}, 0.49, 0.01, 0.02)
    sure = Trial(2, {"balance": 0.5}, 0.495, 0.005, 0.001)
    assert chosen([plain, lucky]) == plain
    assert chosen([plain, replace(lucky, error=0.001), sure]).number == 1
