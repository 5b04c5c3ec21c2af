"""Tools for few labels: borders, losses, balancing, averages, and the owner's say on what may be changed."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from ml.augment import OFF, allowed, augment_pictures, augment_sounds
from ml.averaging import Average
from ml.borders import sample
from ml.folds import folds_of
from ml.losses import balanced, losses, smoothed
from ml.networks import build
from ml.predict import predict
from ml.ragged import padded
from ml.recipe import BORDERS, Augment, Recipe
from ml.train import train
from tests.ml.test_training import SMALL, blobs, pictures, rows_of


def test_borders_of_numpy() -> None:
    """A row of four moved by two pixels is what numpy's padding of the same name gives."""
    row = torch.tensor([[1.0, 2, 3, 4]]).expand(4, 4)[None, None]
    move = torch.tensor([[[1.0, 0, 1.0], [0, 1, 0]]])  # two of four pixels
    for border in BORDERS:
        ours = sample(row, move, border)[0, 0, 0].numpy()
        if border == "constant":
            expected = np.array([3, 4, 2.5, 2.5])
        else:
            expected = np.pad(np.array([1.0, 2, 3, 4]), (0, 2), mode=border)[2:]  # type: ignore[call-overload]
        assert np.allclose(ours, expected, atol=1e-4), border
    with pytest.raises(ValueError, match="no border called"):
        sample(row, move, "fog")


def test_what_the_owner_does_not_allow_is_not_done() -> None:
    how = allowed(Augment(flip=True, rotate=10, mask=0.2), {"rotate"})
    assert (how.flip, how.rotate, how.shift, how.mask) == (False, 10, 0.0, 0.2)
    with pytest.raises(ValueError, match="'explode'"):
        allowed(Augment(), {"explode"})


def only(change: str, size: float) -> Augment:
    """One change and no other."""
    values: dict[str, Any] = {change: size}
    return replace(OFF, **values)


@pytest.mark.parametrize("change", ["crop", "colour"])
def test_each_change_of_pictures_changes_and_stays_in_shape(change: str) -> None:
    batch = torch.rand(4, 3, 16, 16)
    changed = augment_pictures(batch, only(change, 0.3), torch.Generator().manual_seed(0))
    assert changed.shape == batch.shape
    assert not torch.allclose(changed, batch, atol=1e-3)


@pytest.mark.parametrize("change", ["gain", "background", "warp", "mask"])
def test_each_change_of_sounds_changes_and_leaves_padding(change: str) -> None:
    batch = torch.randn(4, 1, 40, 30)
    batch[1, ..., 20:] = torch.nan
    changed = augment_sounds(batch, only(change, 1.0), torch.Generator().manual_seed(0))
    assert torch.equal(torch.isnan(changed), torch.isnan(batch))
    assert not torch.allclose(changed.nan_to_num(), batch.nan_to_num(), atol=1e-3)


def test_losses_by_hand() -> None:
    targets = torch.tensor([[1.0, 0.0]])
    assert smoothed(targets, 0.2).tolist() == [[pytest.approx(0.9), pytest.approx(0.1)]]
    logits = torch.tensor([[3.0, 4.0]])
    entropy = float(np.log1p(np.exp(1.0)))
    assert losses(logits, targets, "entropy").item() == pytest.approx(entropy, abs=1e-5)
    assert losses(logits, targets, "cosine").item() == pytest.approx(1 - 0.6 + 0.1 * entropy, abs=1e-5)
    with pytest.raises(ValueError, match="no loss called"):
        losses(logits, targets, "luck")


def test_balanced_classes_weigh_alike_and_a_missing_one_does_no_harm() -> None:
    targets = np.eye(3)[[0, 0, 0, 1]]
    weights = balanced(targets, np.ones(4), 1.0)
    assert weights @ targets == pytest.approx([2, 2, 0])
    assert balanced(targets, np.ones(4), 0.0).tolist() == [1, 1, 1, 1]


def test_an_average_of_weights_lies_between_them() -> None:
    network = torch.nn.Linear(1, 1)
    torch.nn.init.zeros_(network.weight)
    average = Average(network, 0.9)
    torch.nn.init.ones_(network.weight)
    for _ in range(5):
        average.add(network)
    assert 0.5 < average.state["weight"].item() < 1


def test_few_groups_are_dealt_out_and_never_torn() -> None:
    rows = [replace(row, group=f"speaker {at % 3}") for at, row in enumerate(rows_of([0, 1] * 9))]
    folds = folds_of(rows, 5)
    assert len(set(folds.tolist())) == 3
    assert all(len({folds[at] for at in range(start, 18, 3)}) == 1 for start in range(3))
    alone = [replace(row, group="one") for row in rows]
    assert len(set(folds_of(alone, 5).tolist())) == 5


@pytest.mark.parametrize(
    "recipe",
    [
        replace(SMALL, loss="cosine", averaging=0.9, dropout=0.2, sampling=1.0, balance=0.5),
        replace(SMALL, patience=1, epochs=5),
        replace(SMALL, half=True, compile="eager"),
        replace(SMALL, kind="image_transfer", size=32, epochs=1, lr=1e-3),
    ],
    ids=["tools", "early stopping", "half and compiled", "tuned"],
)
def test_every_tool_trains_and_is_saved_whole(tmp_path: Path, recipe: Recipe) -> None:
    snapshot = pictures(tmp_path / "snapshot", items=24)
    trained = train(snapshot, recipe, tmp_path / "model")
    assert np.isfinite(trained.probabilities).all()
    again, _ = predict(tmp_path / "model", files=[snapshot.path_of(snapshot.rows[0])])
    assert np.isfinite(again).all()


def test_a_sound_s_result_does_not_depend_on_its_neighbours_length() -> None:
    random = np.random.default_rng(0)
    short, long = (random.normal(size=(1, 40, frames)).astype(np.float32) for frames in (20, 50))
    network = build(Recipe(kind="audio_gru", width=4), np.zeros(2)).eval()
    both = network.embed(torch.from_numpy(padded([short, long])))
    alone = network.embed(torch.from_numpy(padded([short])))
    assert torch.allclose(both[0], alone[0], atol=1e-5)
    assert both.shape == (2, 16)


def test_shares_expected_in_use_change_what_is_said(tmp_path: Path) -> None:
    snapshot = blobs(tmp_path / "snapshot")
    train(snapshot, Recipe(), tmp_path / "model")
    plain, _ = predict(tmp_path / "model", features=snapshot.features)
    unlikely, _ = predict(tmp_path / "model", features=snapshot.features, priors=(1e-6, 0.5, 0.5))
    assert (unlikely[:, 0] <= plain[:, 0] + 1e-6).all()
    assert unlikely[:, 0].mean() < plain[:, 0].mean()
    assert np.allclose(unlikely.sum(axis=1), 1, atol=1e-5)
