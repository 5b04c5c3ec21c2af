"""What must hold of a network before it learns, and of the changes made to its inputs."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from ml.augment import OFF, augment_pictures, augment_sounds, mixing
from ml.checkpoint import load_checkpoint, save_checkpoint
from ml.models import Network
from ml.networks import NETWORKS, build
from ml.recipe import Augment, Recipe

Change = Callable[[torch.Tensor, Augment, torch.Generator], torch.Tensor]
PRIOR = np.log([0.7, 0.2, 0.1])
SHAPES = {
    "image_cnn": (5, 3, 16, 16), "image_transfer": (5, 3, 64, 64), "audio_cnn": (5, 1, 40, 32),
    "audio_gru": (5, 1, 40, 32),
}  # fmt: skip
STILL = OFF


def inputs(kind: str) -> torch.Tensor:
    """Smooth, as pictures are; the packaged network makes nothing of noise."""
    count, channels, height, width = SHAPES[kind]
    return torch.nn.functional.interpolate(torch.rand(count, channels, 4, 4), size=(height, width), mode="bilinear")


def network(kind: str) -> Network:
    """A small one in evaluation mode."""
    return build(Recipe(kind=kind, width=4, size=16), PRIOR).eval()


@pytest.mark.parametrize("kind", NETWORKS)
def test_the_first_loss_is_the_entropy_of_the_classes(kind: str) -> None:
    logits = network(kind)(torch.randn(SHAPES[kind]))
    assert torch.allclose(torch.softmax(logits, dim=1), torch.tensor([0.7, 0.2, 0.1]).expand(5, 3), atol=1e-5)


@pytest.mark.parametrize("kind", NETWORKS)
def test_an_example_s_loss_reaches_its_own_input_alone(kind: str) -> None:
    model = network(kind)
    torch.nn.init.normal_(model.last.weight)
    batch = inputs(kind).requires_grad_(True)
    torch.autograd.backward(model(batch)[2].logsumexp(dim=0))
    assert batch.grad is not None
    reached = batch.grad.abs().sum(dim=(1, 2, 3)) > 0
    assert reached.tolist() == [False, False, True, False, False]


@pytest.mark.parametrize("kind", NETWORKS)
def test_a_small_batch_can_be_learnt_by_heart(kind: str) -> None:
    torch.manual_seed(0)
    model = build(Recipe(kind=kind, width=8, size=32), np.zeros(3)).train()
    batch, labels = inputs(kind), torch.tensor([0, 1, 2, 0, 1])
    optimiser = torch.optim.AdamW(model.parameters(), lr=2e-3 if kind == "image_transfer" else 2e-2)
    for _ in range(60):
        loss = torch.nn.functional.cross_entropy(model(batch), labels)
        optimiser.zero_grad()
        torch.autograd.backward(loss)
        optimiser.step()
    assert loss.item() < 0.2  # of 1.1 at the start


@pytest.mark.parametrize("change", [augment_pictures, augment_sounds])
def test_no_allowed_change_leaves_everything_as_it_was(change: Change) -> None:
    batch = torch.rand(4, 3 if change is augment_pictures else 1, 12, 12)
    assert torch.allclose(change(batch, STILL, torch.Generator().manual_seed(0)), batch, atol=1e-5)


def test_a_flip_mirrors_and_nothing_else() -> None:
    batch = torch.rand(32, 3, 8, 8)
    changed = augment_pictures(batch, replace(STILL, flip=True), torch.Generator().manual_seed(0))
    mirrored = [torch.allclose(one, other.flip(2), atol=1e-5) for one, other in zip(changed, batch, strict=True)]
    same = [torch.allclose(one, other, atol=1e-5) for one, other in zip(changed, batch, strict=True)]
    assert all(one != other for one, other in zip(mirrored, same, strict=True))
    assert 4 < sum(mirrored) < 28


def test_changes_follow_their_seed_and_keep_the_shape() -> None:
    batch = torch.rand(6, 1, 40, 32)
    one, two, three = (augment_sounds(batch, Augment(), torch.Generator().manual_seed(seed)) for seed in (1, 1, 2))
    assert torch.equal(one, two)
    assert not torch.equal(one, three)
    assert one.shape == batch.shape


def test_mixing_keeps_the_larger_share() -> None:
    partner, own = mixing(8, Augment(mix=0.4), torch.Generator().manual_seed(0))
    assert sorted(partner.tolist()) == list(range(8))
    assert 0.5 <= own <= 1
    assert mixing(8, Augment(), torch.Generator())[1] == 1.0


def test_recipe_survives_json() -> None:
    recipe = Recipe(kind="audio_cnn", augment=Augment(flip=True))
    assert Recipe.from_json(recipe.to_json()) == recipe


def test_checkpoint_is_read_as_written_and_halves_are_not_read(tmp_path: Path) -> None:
    tensors = {"weight": np.arange(6, dtype=np.float32).reshape(2, 3)}
    assert load_checkpoint(tmp_path, "model") is None
    save_checkpoint(tmp_path, "model", tensors, {"note": "read me"})
    found = load_checkpoint(tmp_path, "model")
    assert found is not None
    assert np.array_equal(found[0]["weight"], tensors["weight"])
    assert found[1] == {"note": "read me"}
    assert sorted(path.name for path in tmp_path.iterdir()) == ["model.json", "model.safetensors"]
    newer = {"weight": tensors["weight"] + 1}
    save_checkpoint(tmp_path / "other", "model", newer, {"note": "next epoch"})
    (tmp_path / "other" / "model.safetensors").replace(tmp_path / "model.safetensors")  # killed between the renames
    assert load_checkpoint(tmp_path, "model") is None
