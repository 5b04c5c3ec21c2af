"""Items without labels: the surest of each class, and a head that follows where a group has moved to."""

from dataclasses import replace
from pathlib import Path

import numpy as np

from ml.recipe import Recipe
from ml.snapshot import Row, Snapshot, write_snapshot
from ml.train import train
from ml.unlabelled import MOST, drawn, fit_with_unlabelled, surest

CLASSES, EACH, DEPTH = 3, 40, 8
SHIFT = 3.4  # of a class's distance of 4 from the middle: a sixth of the other group is then mistaken


def test_the_surest_of_each_class_by_hand() -> None:
    logits = np.log([[0.9, 0.1], [0.6, 0.4], [0.8, 0.2], [0.3, 0.7], [0.7, 0.3]])
    places, said = surest(logits, 0.5)
    assert places.tolist() == [0, 2, 3]
    assert said.tolist() == [0, 0, 1]
    assert surest(np.zeros((0, 2)), 0.5)[0].tolist() == []
    assert surest(logits, 1.0)[0].tolist() == [0, 1, 2, 3, 4]


def test_no_more_than_most_are_drawn_and_the_same_by_the_same_seed() -> None:
    places = np.arange(3 * MOST)
    assert len(drawn(places, 0)) == MOST
    assert drawn(places, 0).tolist() == drawn(places, 0).tolist()
    assert drawn(places[:5], 1).tolist() == [0, 1, 2, 3, 4]


def moved(by: float, seed: int) -> tuple[np.ndarray[tuple[int, int], np.dtype[np.float32]], list[int]]:
    """Points around a centre a class, all of them moved the same way: another speaker."""
    random = np.random.default_rng(seed)
    centres = np.eye(CLASSES, DEPTH) * 4
    truth = [at % CLASSES for at in range(CLASSES * EACH)]
    points = centres[truth] + random.normal(0, 0.6, (len(truth), DEPTH))
    points[:, 0] += by
    return points.astype(np.float32), truth


def test_a_group_that_has_moved_is_told_better_by_its_own_items_without_their_labels() -> None:
    known, truth = moved(0.0, 0)
    other, hidden = moved(SHIFT, 1)
    targets, weights = np.eye(CLASSES)[truth], np.ones(len(truth))
    alone = fit_with_unlabelled(known, targets, weights, other[:0], 1.0, 0.5).logits(other).argmax(axis=1)
    helped = fit_with_unlabelled(known, targets, weights, other, 1.0, 0.5).logits(other).argmax(axis=1)
    assert (helped == hidden).mean() > (alone == hidden).mean()


def frozen(folder: Path, opened: bool) -> Snapshot:
    """Two groups that are labelled, and one that is not."""
    tables, rows = [], []
    for group, by in enumerate((0.0, 0.4, SHIFT)):
        points, truth = moved(by, group)
        tables.append(points)
        for at, own in enumerate(truth):
            split = "train" if group < 2 else "open" if opened and at % 2 else "heldout"
            sure = () if split == "open" else tuple(np.eye(CLASSES)[own].tolist())
            rows.append(Row(f"{group}-{at}", "", f"{group:02}{at:062x}", sure, split, f"group {group}"))
    return write_snapshot(
        folder, name="moved", kind="audio", classes=("a", "b", "c"), rows=rows, features=np.concatenate(tables)
    )


def test_a_training_draws_on_open_items_and_never_on_held_out_ones(tmp_path: Path) -> None:
    snapshot = frozen(tmp_path / "open", opened=True)
    recipe = Recipe(unlabelled=0.5)
    plain = train(snapshot, replace(recipe, unlabelled=0.0), tmp_path / "plain")
    helped = train(snapshot, recipe, tmp_path / "helped")
    heldout = snapshot.indices("heldout")
    truth = snapshot.targets()[heldout].argmax(axis=1)
    right = [(each.probabilities[heldout].argmax(axis=1) == truth).mean() for each in (plain, helped)]
    assert right[1] > right[0]
    assert snapshot.features is not None
    other = snapshot.features.copy()
    other[heldout] += 100  # whatever the held-out items are, the same is learnt
    again = train(replace(snapshot, features=other), recipe, tmp_path / "again")
    np.testing.assert_array_equal(again.probabilities[: 2 * CLASSES * EACH], helped.probabilities[: 2 * CLASSES * EACH])


def test_without_open_items_it_is_the_plain_head(tmp_path: Path) -> None:
    snapshot = frozen(tmp_path / "closed", opened=False)
    one, other = (
        train(snapshot, Recipe(unlabelled=share), tmp_path / f"{share}").probabilities for share in (0.0, 0.5)
    )
    np.testing.assert_array_equal(one, other)
