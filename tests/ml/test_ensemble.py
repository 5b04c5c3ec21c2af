"""Several models teach one: what they say is seen by none that saw the item, and a killed run goes on with the next."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ml.checkpoint import load_checkpoint
from ml.ensemble import TAUGHT, taught
from ml.part import Part
from ml.predict import predict
from ml.train import Recipe, Stopped, train
from tests.ml.test_training import SMALL, blobs, pictures

HEAD = Recipe(landmarks=30, ridge=True, folds=3, members=3)


def test_targets_are_half_people_half_the_members() -> None:
    part = Part(np.array([2, 0]), np.array([[1.0, 0.0], [0.0, 1.0]]), np.ones(2), np.zeros(2, np.intp))
    said = np.array([[0.4, 0.6], [0.5, 0.5], [0.8, 0.2]])
    made = taught(part, said)
    own = 1 - TAUGHT
    assert made.targets.tolist() == [
        [own + TAUGHT * 0.8, TAUGHT * 0.2], [TAUGHT * 0.4, own + TAUGHT * 0.6],
    ]  # fmt: skip
    assert part.targets[0, 0] == 1.0


def test_a_student_serves_alone_as_good_as_its_teachers(tmp_path: Path) -> None:
    snapshot = blobs(tmp_path / "snapshot", items=600, spread=2.0)
    events: list[dict[str, Any]] = []
    trained = train(snapshot, HEAD, tmp_path / "model", events.append)
    assert {event["member"] for event in events if "member" in event} == {1, 2, 3}
    assert "member" not in events[-1]
    assert trained.together is not None
    assert trained.together.shape == trained.probabilities.shape
    assert np.allclose(trained.together.sum(axis=1), 1, atol=1e-5)
    assert sorted(path.name for path in (tmp_path / "model").iterdir()) == ["model.json", "model.safetensors"]
    said, _ = predict(tmp_path / "model", features=snapshot.features)
    heldout = snapshot.indices("heldout")
    assert np.allclose(said[heldout], trained.probabilities[heldout], atol=1e-4)
    truth = snapshot.targets()[heldout].argmax(axis=1)
    right = [(table[heldout].argmax(axis=1) == truth).mean() for table in (trained.together, said)]
    assert abs(right[0] - right[1]) <= 0.07  # six of the 86 held out


def test_members_differ_and_one_without_them_learns_from_people_alone(tmp_path: Path) -> None:
    snapshot = blobs(tmp_path / "snapshot", spread=2.0)
    alone = train(snapshot, replace(HEAD, members=0), tmp_path / "alone")
    two = train(snapshot, replace(HEAD, members=2), tmp_path / "two")
    assert alone.together is None
    assert two.together is not None
    single = train(snapshot, replace(HEAD, members=0, seed=1), tmp_path / "one")
    open_rows = snapshot.indices("open")
    assert not np.allclose(two.together[open_rows], single.probabilities[open_rows], atol=1e-3)
    assert not np.allclose(two.probabilities, alone.probabilities, atol=1e-3)


def test_a_killed_run_goes_on_with_the_next_member_and_ends_with_the_same_model(tmp_path: Path) -> None:
    snapshot, recipe = pictures(tmp_path / "snapshot", 18), replace(SMALL, epochs=1, members=2)
    whole = train(snapshot, recipe, tmp_path / "whole")
    seen: list[dict[str, Any]] = []

    def stop() -> bool:
        return any(event.get("member") == 2 for event in seen)

    with pytest.raises(Stopped):
        train(snapshot, recipe, tmp_path / "killed", seen.append, stop)
    assert load_checkpoint(tmp_path / "killed", "member-1") is not None
    assert load_checkpoint(tmp_path / "killed", "model") is None
    again: list[dict[str, Any]] = []
    ended = train(snapshot, recipe, tmp_path / "killed", again.append)
    assert not any(event.get("member") == 1 for event in again)
    assert np.array_equal(ended.probabilities, whole.probabilities)
    assert ended.together is not None
    assert whole.together is not None
    assert np.allclose(ended.together, whole.together)
