"""Single steps of a network, worked by hand: what is drawn, what the loss is, what learns, and what is kept."""

from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from ml import step
from ml.augment import OFF
from ml.checkpoint import load_checkpoint
from ml.job import Job, State, fresh_state, weights_of
from ml.losses import losses
from ml.models import Convolutional
from ml.networks import build
from ml.part import Part
from ml.recipe import Augment, Diverged, Recipe
from ml.step import THAWING, set_rates, take_step
from ml.train import train
from ml.train_net import _order
from ml.transfer import LOWER
from tests.ml.test_training import SMALL, pictures

PLAIN = Recipe(kind="image_cnn", size=8, width=4, smoothing=0.0, augment=OFF)


def job_of(recipe: Recipe, targets: Any, weights: Any = None, inputs: Tensor | None = None) -> Job:
    """Of as many random pictures as there are targets."""
    count = len(targets)
    own = np.ones(count) if weights is None else np.array(weights, np.float64)
    part = Part(np.arange(count), np.array(targets, np.float64), own, np.zeros(count, np.intp))
    given = torch.randint(0, 255, (count, 8, 8, 3), dtype=torch.uint8) if inputs is None else inputs
    return Job(given, part, np.arange(count), recipe, 0, Path(), "")


def chance() -> torch.Generator:
    return torch.Generator().manual_seed(0)


def plain_state(recipe: Recipe, classes: int = 2) -> State:
    """A network without normalisation over the batch, its weights not zero."""
    network = Convolutional(nn.Conv2d(3, 4, 3), 4, torch.zeros(classes), recipe.dropout)
    nn.init.normal_(network.last.weight, generator=chance())
    return fresh_state(network, recipe)


def test_sampling_draws_the_classes_of_a_long_tail_alike() -> None:
    truth = np.repeat([0, 1], [990, 10])
    job = job_of(replace(PLAIN, sampling=1.0), np.eye(2)[truth], inputs=torch.zeros(1000, 1))
    assert 0.4 < truth[_order(job, chance())].mean() < 0.6
    half = replace(job, recipe=replace(PLAIN, sampling=0.5))
    assert truth[_order(half, chance())].mean() == pytest.approx(10**0.5 / (990**0.5 + 10**0.5), abs=0.04)  # 0.09
    every = _order(replace(job, recipe=PLAIN), chance())
    assert sorted(every.tolist()) == list(range(1000))


@pytest.mark.parametrize("kind", ["entropy", "cosine"])
def test_the_loss_of_a_step_is_weighted_smoothed_mixed_and_of_its_kind(
    kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    recipe = replace(PLAIN, loss=kind, smoothing=0.2)
    job = job_of(recipe, [[1.0, 0.0], [0.0, 1.0]], [3.0, 1.0])
    state = plain_state(recipe)
    monkeypatch.setattr(step, "mixing", lambda *_: (torch.tensor([1, 0]), 0.75))
    batch = cast(Tensor, job.inputs).permute(0, 3, 1, 2).float() / 255
    logits = state.network(0.75 * batch + 0.25 * batch[[1, 0]])
    targets = torch.tensor([[0.75 * 0.9 + 0.25 * 0.1, 0.3], [0.3, 0.7]])
    each = losses(logits, targets, kind)
    expected = (3 * each[0] + each[1]) / 4
    assert take_step(job, state, np.arange(2), chance()).item() == pytest.approx(expected.item(), rel=1e-5)


def test_a_step_learns_from_changed_inputs(monkeypatch: pytest.MonkeyPatch) -> None:
    job, seen = job_of(replace(PLAIN, augment=Augment(noise=0.5)), np.eye(2)), []
    state = plain_state(job.recipe)
    state.network.register_forward_pre_hook(lambda _module, given: seen.append(given[0]))
    take_step(job, state, np.arange(2), chance())
    assert not torch.allclose(seen[0], cast(Tensor, job.inputs).permute(0, 3, 1, 2).float() / 255, atol=0.01)


def test_weights_that_count_are_the_best_then_the_average_then_the_last() -> None:
    state = plain_state(replace(PLAIN, averaging=0.9))
    with torch.no_grad():
        state.network.last.weight.fill_(5.0)
    assert state.average is not None
    assert weights_of(state)["last.weight"].equal(state.average.state["last.weight"])
    state.best = {"last.weight": torch.ones(1)}
    assert weights_of(state) is state.best
    state.best, state.average = None, None
    assert (weights_of(state)["last.weight"] == 5).all()


def test_stages_thaw_from_the_top_down_each_at_a_lower_rate() -> None:
    recipe = Recipe(kind="image_transfer", size=32, unfrozen=2, lr=1e-3)
    state = fresh_state(build(recipe, np.zeros(2)), recipe)
    set_rates(state, recipe, 0.2)  # the peak
    assert [group["lr"] for group in state.optimiser.param_groups] == pytest.approx([1e-3, 0.0, 0.0])
    set_rates(state, recipe, THAWING / 2)
    rates = [group["lr"] for group in state.optimiser.param_groups]
    assert rates[1] == pytest.approx(LOWER * rates[0])
    assert rates[2] == 0
    set_rates(state, recipe, THAWING)
    rates = [group["lr"] for group in state.optimiser.param_groups]
    assert rates == pytest.approx([rates[0], LOWER * rates[0], LOWER**2 * rates[0]])


def test_a_packaged_network_keeps_its_running_statistics_while_it_learns() -> None:
    recipe = Recipe(kind="image_transfer", size=32, unfrozen=1, lr=1e-3, augment=OFF)
    inputs = torch.randint(0, 255, (4, 32, 32, 3), dtype=torch.uint8)
    job, state = job_of(recipe, np.eye(2)[[0, 1, 0, 1]], inputs=inputs), fresh_state(build(recipe, np.zeros(2)), recipe)
    before = {name: value.clone() for name, value in state.network.named_buffers()}
    state.network.train()
    take_step(job, state, np.arange(4), chance())
    assert all(value.equal(before[name]) for name, value in state.network.named_buffers())


def test_dropout_drops_while_it_learns_and_never_afterwards() -> None:
    network, batch = plain_state(replace(PLAIN, dropout=0.5)).network, torch.rand(8, 3, 8, 8)
    torch.manual_seed(0)
    network.train()
    assert not network(batch).equal(network(batch))
    network.eval()
    assert network(batch).equal(network(batch))


def test_no_step_is_taken_on_a_gradient_that_is_no_number() -> None:
    job, state = job_of(replace(PLAIN, averaging=0.9), np.eye(2)), plain_state(replace(PLAIN, averaging=0.9))
    before = {name: value.clone() for name, value in state.network.state_dict().items()}
    state.network.last.weight.register_hook(lambda gradient: gradient * torch.inf)  # type: ignore[no-untyped-call]
    assert torch.isnan(take_step(job, state, np.arange(2), chance()))
    assert all(value.equal(before[name]) for name, value in state.network.state_dict().items())
    assert state.average is not None
    assert state.average.steps == 0


@pytest.mark.parametrize("epochs", [1, 4])
def test_weights_are_looked_at_after_the_last_step_of_an_epoch(tmp_path: Path, epochs: int) -> None:
    """One step an epoch, so large that the weights are of no use: no loss is there to tell."""
    snapshot = pictures(tmp_path / "snapshot", items=12)
    with pytest.raises(Diverged, match=r"in epoch 1 of fold 1 of 2; nothing of it"):
        train(snapshot, replace(SMALL, lr=1e30, epochs=epochs, batch=64), tmp_path / "model")
    assert load_checkpoint(tmp_path / "model", "model") is None
    assert load_checkpoint(tmp_path / "model", "progress-0") is None
