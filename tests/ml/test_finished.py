"""A training that is over is not done again, and one that is not wanted any more stops wherever it is."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from ml.finished import finished, forget_finished, keep_finished
from ml.kernel import kernel_of
from ml.networks import build
from ml.preflight import preflight
from ml.recipe import Recipe, Stopped
from ml.train import train
from ml.train_net import predict_net
from tests.ml.test_training import SMALL, blobs, pictures


def test_what_was_trained_is_taken_up_as_it_was_and_nothing_else_is(tmp_path: Path) -> None:
    snapshot, recipe, place = blobs(tmp_path / "snapshot"), Recipe(), tmp_path / "model"
    made = train(snapshot, recipe, place)
    assert finished(place, snapshot, recipe) is None
    keep_finished(snapshot, made)
    again = finished(place, snapshot, replace(recipe, device="cuda"))
    assert again is not None
    for name in ("probabilities", "out_of_fold", "embeddings", "prior"):
        assert np.array_equal(getattr(again, name), getattr(made, name)), name
    assert replace(again, **{name: getattr(made, name) for name in ("probabilities", "out_of_fold", "embeddings",
        "prior", "curve")}) == made  # fmt: skip
    assert finished(place, snapshot, replace(recipe, seed=1)) is None
    assert finished(place, replace(snapshot, hash="other"), recipe) is None
    (place / "model.json").unlink()
    assert finished(place, snapshot, recipe) is None
    forget_finished(place)
    assert [path.name for path in place.iterdir()] == ["model.safetensors"]


def test_a_long_prediction_and_a_long_mapping_ask_whether_to_stop() -> None:
    network, asked = build(SMALL, np.zeros(3)), iter([False, True])
    with pytest.raises(Stopped):
        predict_net(network, torch.zeros(600, 16, 16, 3, dtype=torch.uint8), SMALL, should_stop=lambda: next(asked))
    features, asked = np.random.default_rng(0).normal(size=(1200, 4)).astype(np.float32), iter([False, True])
    with pytest.raises(Stopped):
        kernel_of(features, 8, 0)(features, lambda: next(asked))


def test_checks_of_a_network_stop_between_their_steps(tmp_path: Path) -> None:
    snapshot, asked = pictures(tmp_path / "snapshot", items=24), iter(range(10**6))
    with pytest.raises(Stopped):
        preflight(snapshot, SMALL, tmp_path / "shown", should_stop=lambda: next(asked) > 24 + 10)
    assert next(asked) < 24 + 20
