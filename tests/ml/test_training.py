"""Training from a plain folder: what it learns, what it refuses, and that a killed one goes on with the same curve."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from ml.predict import predict
from ml.snapshot import Row, Snapshot, read_snapshot, write_snapshot
from ml.train import CannotTrain, Diverged, Recipe, Stopped, train

CLASSES = ("left", "right", "top")


def rows_of(labels: Sequence[int], split: str = "train", classes: int = 3, folder: str = "") -> list[Row]:
    """One row a label, certain of it."""
    sure = np.eye(classes).tolist()
    return [
        Row(f"{split}{at}", f"{folder}{split}{at}.png", f"{split}{at}", tuple(sure[label]), split)
        for at, label in enumerate(labels)
    ]


def blobs(folder: Path, items: int = 120, spread: float = 1.0) -> Snapshot:
    """Three clouds in twenty dimensions, a third of them held out or open."""
    random = np.random.default_rng(1)
    labels = np.arange(items) % 3
    features = (random.normal(size=(items, 20)) * spread + np.eye(3, 20)[labels] * 4.5).astype(np.float32)
    rows = rows_of(labels.tolist())
    for at in range(0, items - 1, 7):
        rows[at] = replace(rows[at], split="heldout")
        rows[at + 1] = replace(rows[at + 1], split="open", posterior=())
    return write_snapshot(
        folder, name="blobs", kind="image", classes=CLASSES, rows=rows, feature_version="test@1", features=features
    )


def pictures(folder: Path, items: int = 48) -> Snapshot:
    """Small pictures whose bright half is their class."""
    random = np.random.default_rng(2)
    labels = [at % 3 for at in range(items)]
    folder.mkdir(parents=True, exist_ok=True)
    for at, label in enumerate(labels):
        pixels = random.integers(0, 120, (20, 20, 3), dtype=np.uint8)
        bright = {0: np.s_[:, :10], 1: np.s_[:, 10:], 2: np.s_[:10, :]}[label]
        pixels[bright] += 120
        Image.fromarray(pixels).save(folder / f"train{at}.png")
    return write_snapshot(folder, name="halves", kind="image", classes=CLASSES, rows=rows_of(labels))


SMALL = Recipe(kind="image_cnn", folds=2, epochs=3, batch=16, width=4, size=16)


def test_head_learns_predicts_every_row_and_is_saved(tmp_path: Path) -> None:
    snapshot = blobs(tmp_path / "snapshot")
    events: list[dict[str, Any]] = []
    trained = train(snapshot, Recipe(), tmp_path / "model", events.append)
    assert trained.accuracy > 0.9
    assert trained.probabilities.shape == (120, 3)
    assert np.allclose(trained.probabilities.sum(axis=1), 1, atol=1e-5)
    assert trained.out_of_fold.sum() == len(snapshot.indices("train"))
    heldout = snapshot.indices("heldout")
    assert (trained.probabilities[heldout].argmax(1) == snapshot.targets()[heldout].argmax(1)).mean() > 0.9
    again, embeddings = predict(tmp_path / "model", features=snapshot.features)
    assert np.allclose(again[heldout], trained.probabilities[heldout], atol=1e-5)
    assert embeddings.shape == (120, 20)
    seen = [event["validated"] for event in events if event["phase"] == "fold"]
    assert seen == sorted(seen)
    assert seen[-1] == len(snapshot.indices("train"))
    assert sum(map(sum, events[-1]["confusion"])) == seen[-1]


def test_out_of_fold_predictions_never_saw_the_item(tmp_path: Path) -> None:
    """Features are noise: models that saw an item would beat chance on it."""
    snapshot = blobs(tmp_path / "snapshot", items=180, spread=500.0)
    trained = train(snapshot, Recipe(), tmp_path / "model")
    assert trained.accuracy < 0.5


def test_a_head_with_landmarks_bends_and_is_saved(tmp_path: Path) -> None:
    """Two rings, one inside the other: no straight line parts them."""
    random = np.random.default_rng(4)
    angle, label = random.random(200) * 2 * np.pi, np.arange(200) % 2
    ring = np.stack([np.cos(angle), np.sin(angle)], axis=1) * (1 + label)[:, None]
    features = (ring + 0.1 * random.normal(size=ring.shape)).astype(np.float32)
    snapshot = write_snapshot(
        tmp_path, name="rings", kind="audio", classes=CLASSES[:2], rows=rows_of(label.tolist(), classes=2),
        features=features,
    )  # fmt: skip
    straight = train(snapshot, Recipe(), tmp_path / "straight")
    bent = train(snapshot, Recipe(landmarks=100), tmp_path / "bent")
    assert straight.accuracy < 0.7
    assert bent.accuracy > 0.95
    probabilities, embeddings = predict(tmp_path / "bent", features=features)
    assert (probabilities.argmax(axis=1) == label).mean() > 0.95
    assert embeddings.shape == (200, 2)


def test_heldout_labels_change_nothing(tmp_path: Path) -> None:
    snapshot = blobs(tmp_path / "one")
    turned = [
        replace(row, posterior=(row.posterior[1:] + row.posterior[:1])) if row.split == "heldout" else row
        for row in snapshot.rows
    ]
    other = replace(snapshot, rows=tuple(turned))
    one, two = (train(each, Recipe(), tmp_path / "model") for each in (snapshot, other))
    assert np.array_equal(one.probabilities, two.probabilities)
    assert one.temperature == two.temperature


def test_soft_targets_and_weights_count(tmp_path: Path) -> None:
    snapshot = blobs(tmp_path / "snapshot")
    wrong = [
        replace(row, posterior=(0.0, 0.0, 1.0), weight=1e-6 if at % 2 else 1.0) if row.split == "train" else row
        for at, row in enumerate(snapshot.rows)
    ]
    mixed = [row if at % 2 or row.split != "train" else snapshot.rows[at] for at, row in enumerate(wrong)]
    trained = train(replace(snapshot, rows=tuple(mixed)), Recipe(), tmp_path / "model")
    heldout = snapshot.indices("heldout")
    assert (trained.probabilities[heldout].argmax(1) == snapshot.targets()[heldout].argmax(1)).mean() > 0.9


@pytest.mark.parametrize(
    ("labels", "classes", "reason"),
    [
        ([], 3, "Only 0 verified"),
        ([0], 3, "Only 1 verified"),
        ([1, 1, 1], 3, "All verified items are of the class 'right'"),
        ([0, 0], 1, "fewer than two classes"),
    ],
)
def test_too_little_is_refused_with_a_reason(tmp_path: Path, labels: list[int], classes: int, reason: str) -> None:
    snapshot = write_snapshot(
        tmp_path,
        name="little",
        kind="image",
        classes=CLASSES[:classes],
        rows=rows_of(labels, classes=classes),
        features=np.zeros((len(labels), 4), np.float32),
    )
    with pytest.raises(CannotTrain, match=reason):
        train(snapshot, Recipe(), tmp_path / "model")
    assert not (tmp_path / "model").exists()


def test_two_items_of_two_classes_are_enough(tmp_path: Path) -> None:
    features = np.array([[1, 0], [0, 1]], np.float32)
    snapshot = write_snapshot(
        tmp_path, name="two", kind="image", classes=CLASSES, rows=rows_of([0, 1]), features=features
    )
    trained = train(snapshot, Recipe(), tmp_path / "model")
    assert np.isfinite(trained.probabilities).all()


def test_all_files_corrupt_is_refused_and_one_is_left_out(tmp_path: Path) -> None:
    snapshot = pictures(tmp_path / "snapshot")
    (tmp_path / "snapshot" / "train3.png").write_bytes(b"no picture")
    trained = train(snapshot, SMALL, tmp_path / "model")
    assert np.isnan(trained.probabilities[3]).all()
    assert np.isfinite(np.delete(trained.probabilities, 3, axis=0)).all()
    assert "train3" in trained.notes[0]
    for row in snapshot.rows:
        (tmp_path / "snapshot" / row.path).unlink()
    with pytest.raises(CannotTrain, match="None of the files"):
        train(snapshot, SMALL, tmp_path / "other")


def test_network_learns_and_predicts_files(tmp_path: Path) -> None:
    snapshot = pictures(tmp_path / "snapshot", items=60)
    trained = train(snapshot, replace(SMALL, epochs=20, width=8, batch=8), tmp_path / "model")
    assert trained.accuracy > 0.7
    files = [snapshot.path_of(row) for row in snapshot.rows[:4]]
    probabilities, embeddings = predict(tmp_path / "model", files=files)
    assert (probabilities.argmax(1) == [0, 1, 2, 0]).all()
    assert embeddings.shape == (4, 32)
    assert np.allclose(embeddings, trained.embeddings[:4], atol=1e-4)
    assert not list((tmp_path / "model").glob("progress*"))


@pytest.mark.parametrize("polls", [60, 75, 90])
def test_a_stopped_run_goes_on_with_the_same_curve(tmp_path: Path, polls: int) -> None:
    snapshot = pictures(tmp_path / "snapshot")
    whole = train(snapshot, SMALL, tmp_path / "whole")
    asked = iter(range(10**6))
    with pytest.raises(Stopped):
        train(snapshot, SMALL, tmp_path / "broken", should_stop=lambda: next(asked) > polls - 36)
    assert not (tmp_path / "broken" / "model.json").exists()
    resumed = train(snapshot, SMALL, tmp_path / "broken")
    assert resumed.curve == whole.curve
    assert np.array_equal(resumed.probabilities, whole.probabilities)


def test_another_recipe_does_not_go_on_from_old_checkpoints(tmp_path: Path) -> None:
    snapshot = pictures(tmp_path / "snapshot")
    asked = iter(range(10**6))
    with pytest.raises(Stopped):
        train(snapshot, SMALL, tmp_path / "model", should_stop=lambda: next(asked) > 52)
    fresh = train(snapshot, replace(SMALL, seed=5), tmp_path / "fresh")
    assert train(snapshot, replace(SMALL, seed=5), tmp_path / "model").curve == fresh.curve


def test_a_loss_that_is_no_number_stops_and_keeps_the_last_good_state(tmp_path: Path) -> None:
    snapshot = pictures(tmp_path / "snapshot")
    with pytest.raises(Diverged, match="stopped being numbers"):
        train(snapshot, replace(SMALL, lr=1e30, epochs=6), tmp_path / "model")
    assert not (tmp_path / "model" / "model.json").exists()


def test_snapshot_is_read_as_written_and_tampering_is_noticed(tmp_path: Path) -> None:
    written = blobs(tmp_path)
    read = read_snapshot(tmp_path)
    assert read.rows == written.rows
    assert read.hash == written.hash
    assert read.features is not None
    lines = (tmp_path / "items.jsonl").read_text().replace('"train2"', '"train9999"')
    (tmp_path / "items.jsonl").write_text(lines)
    with pytest.raises(ValueError, match="not what its hash says"):
        read_snapshot(tmp_path)


@pytest.mark.parametrize(
    ("change", "reason"),
    [({"split": "test"}, "not one of"), ({"posterior": (1.0,)}, "1 probabilities for 3"), ({"posterior": ()}, "open")],
)
def test_rows_that_do_not_fit_are_named(tmp_path: Path, change: dict[str, Any], reason: str) -> None:
    rows = [replace(rows_of([0])[0], **change)]
    with pytest.raises(ValueError, match=reason):
        write_snapshot(tmp_path, name="x", kind="image", classes=CLASSES, rows=rows)
