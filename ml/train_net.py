"""Small networks, trained once without each fold and once on all, checkpointed after every epoch."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.nn import functional

from ml.augment import augment_pictures, augment_sounds, mixing
from ml.calibration import likelihood_loss
from ml.checkpoint import Tensors, load_checkpoint, save_checkpoint
from ml.head import Array, Doubles, log_prior
from ml.inputs import Inputs
from ml.models import NETWORKS, Network
from ml.part import Fitted, Part, progress_event
from ml.recipe import Diverged, Recipe, Stop, Stopped
from ml.recipe import Progress as Report

WARM = 0.2  # share of the steps in which the rate rises (one cycle, arXiv:1708.07120)
PREDICT_BATCH = 256


@dataclass(frozen=True)
class Job:
    """One network to train: all inputs, the rows it may see, and how."""

    inputs: Tensor  # (N, C, H, W) float32, or (N, H, W, 3) uint8 for pictures
    part: Part
    seen: npt.NDArray[np.intp]  # positions in the part
    recipe: Recipe
    number: int  # fold, or the count of folds for the final one
    folder: Path
    key: str  # snapshot and recipe: a checkpoint of another pair is not gone on from

    @property
    def name(self) -> str:
        """Of its checkpoint."""
        return f"progress-{self.number}"


def fit_net(
    inputs: Inputs, part: Part, recipe: Recipe, out_dir: Path, key: str, report: Report, should_stop: Stop
) -> Fitted:
    """Folds first, then all; goes on from the checkpoints in `out_dir` and removes them at the end."""
    tensors = torch.from_numpy(np.ascontiguousarray(inputs))
    key = f"{key} {json.dumps(recipe.to_json(), sort_keys=True)}"
    out_of_fold = np.full_like(part.targets, np.nan)
    everyone = np.arange(len(part.rows))
    for fold in range(recipe.folds):
        seen = np.flatnonzero(part.folds != fold)
        job = Job(tensors, part, seen, recipe, fold, out_dir, key)
        _run(job, everyone[part.folds == fold], out_of_fold, report, should_stop)
    network = _run(
        Job(tensors, part, everyone, recipe, recipe.folds, out_dir, key), everyone[:0], out_of_fold, report, should_stop
    )
    logits, embeddings = predict_net(network, tensors, recipe)
    for number in range(recipe.folds + 1):
        for stale in out_dir.glob(f"progress-{number}.*"):
            stale.unlink()
    about = {"architecture": recipe.kind, "dimensions": embeddings.shape[1]}
    return Fitted(out_of_fold, logits, embeddings, _weights(network), about)


def predict_net(network: Network, inputs: Tensor, recipe: Recipe) -> tuple[Doubles, Array]:
    """Logits (N, K) and embeddings (N, E), in evaluation mode."""
    network.eval()
    hidden = []
    with torch.inference_mode():
        for start in range(0, len(inputs), PREDICT_BATCH):
            hidden.append(network.embed(to_floats(inputs[start : start + PREDICT_BATCH], recipe)))
        embeddings = torch.cat(hidden)
        logits = network.last(embeddings)
    return logits.double().cpu().numpy(), embeddings.float().cpu().numpy()


def first_losses(inputs: Tensor, targets: Doubles, recipe: Recipe, prior: Doubles, steps: int) -> list[float]:
    """Losses of the first steps on one batch, as a training would take them, chance and all; for the preflight."""
    rows = np.arange(len(inputs))
    part = Part(rows, targets, np.ones(len(rows)), np.zeros(len(rows), np.intp))
    job = Job(inputs, part, rows, recipe, 0, Path(), "")
    network = build(recipe, prior).train()
    optimiser = torch.optim.AdamW(network.parameters(), lr=recipe.lr, weight_decay=recipe.weight_decay)
    random = torch.Generator().manual_seed(recipe.seed)
    losses = []
    for _ in range(steps):
        loss = _loss(job, network, rows, random)
        optimiser.zero_grad(set_to_none=True)
        torch.autograd.backward(loss)
        optimiser.step()
        losses.append(loss.item())
    return losses


def build(recipe: Recipe, prior: Doubles) -> Network:
    """The recipe's network on its device, its random weights decided by the seed alone."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(recipe.seed)
        network = NETWORKS[recipe.kind](recipe.width, torch.from_numpy(prior).float())
    return network.to(recipe.device)


def _run(job: Job, judged: npt.NDArray[np.intp], out_of_fold: Doubles, report: Report, should_stop: Stop) -> Network:
    """Train one network to the end, writing its predictions of the judged rows into `out_of_fold` epoch by epoch."""
    recipe, part = job.recipe, job.part
    network = build(recipe, log_prior(part.targets[job.seen], part.weights[job.seen]))
    optimiser = torch.optim.AdamW(network.parameters(), lr=recipe.lr, weight_decay=recipe.weight_decay)
    events = _resume(job, network, optimiser)
    for event in events:
        report(event)
    for epoch in range(len(events), recipe.epochs):
        loss = _epoch(job, network, optimiser, epoch, should_stop)
        judged_inputs = job.inputs[part.rows[judged]]
        if len(judged):
            out_of_fold[judged] = predict_net(network, judged_inputs, recipe)[0]
        rate = float(optimiser.param_groups[0]["lr"])
        events.append(_event(job, epoch, loss, rate, judged, out_of_fold))
        _save(job, network, optimiser, events)
        report(events[-1])
    if len(judged):
        out_of_fold[judged] = predict_net(network, job.inputs[part.rows[judged]], recipe)[0]
    return network


def _epoch(job: Job, network: Network, optimiser: torch.optim.Optimizer, epoch: int, should_stop: Stop) -> float:
    """One pass; the mean loss in nats. All chance comes from (seed, job, epoch), so a resumed pass is the same."""
    recipe = job.recipe
    random = torch.Generator().manual_seed(
        int(np.random.SeedSequence([recipe.seed, job.number, epoch]).generate_state(1)[0])
    )
    order = torch.randperm(len(job.seen), generator=random).numpy()
    batches = [order[at : at + recipe.batch] for at in range(0, len(order), recipe.batch)]
    batches = [batch for batch in batches if len(batch) > 1 or len(batches) == 1]  # one alone has no batch statistics
    network.train()
    total = 0.0
    for at, batch in enumerate(batches):
        if should_stop():
            raise Stopped
        _set_rate(optimiser, recipe, (epoch + at / len(batches)) / recipe.epochs)
        loss = _loss(job, network, job.seen[batch], random)
        if not torch.isfinite(loss):
            raise Diverged(f"The loss stopped being a number in epoch {epoch + 1}; the state before it is kept.")
        optimiser.zero_grad(set_to_none=True)
        torch.autograd.backward(loss)
        optimiser.step()
        total += loss.item() / len(batches)
    return total


def _loss(job: Job, network: Network, chosen: npt.NDArray[np.intp], random: torch.Generator) -> Tensor:
    """Cross-entropy with soft, smoothed and perhaps mixed targets, weighted by example."""
    recipe, part = job.recipe, job.part
    batch = to_floats(job.inputs[part.rows[chosen]], recipe)
    change = augment_pictures if recipe.kind == "image_cnn" else augment_sounds
    batch = change(batch, recipe.augment, random)
    targets = torch.from_numpy(part.targets[chosen]).float().to(recipe.device)
    targets = (1 - recipe.smoothing) * targets + recipe.smoothing / targets.shape[1]
    weights = torch.from_numpy(part.weights[chosen]).float().to(recipe.device)
    partner, own = mixing(len(batch), recipe.augment, random)
    if own < 1:
        batch, targets = own * batch + (1 - own) * batch[partner], own * targets + (1 - own) * targets[partner]
    losses = -(targets * functional.log_softmax(network(batch), dim=1)).sum(dim=1)
    return (weights * losses).sum() / weights.sum()


def _set_rate(optimiser: torch.optim.Optimizer, recipe: Recipe, done: float) -> None:
    """Up in a line, down in a cosine, by the share of all steps that is done."""
    share = done / WARM if done < WARM else 0.5 * (1 + np.cos(np.pi * (done - WARM) / (1 - WARM)))
    for group in optimiser.param_groups:
        group["lr"] = recipe.lr * max(float(share), 1e-3)


def to_floats(batch: Tensor, recipe: Recipe) -> Tensor:
    """(B, H, W, 3) uint8 or (B, 1, M, T) float32 to (B, C, H, W) float32 on the device, channels last."""
    moved = batch.to(recipe.device)
    if moved.dtype == torch.uint8:
        return moved.permute(0, 3, 1, 2).float() / 255
    return moved.contiguous(memory_format=torch.channels_last)


def _event(
    job: Job, epoch: int, loss: float, rate: float, judged: npt.NDArray[np.intp], out_of_fold: Doubles
) -> dict[str, Any]:
    part, final = job.part, job.number == job.recipe.folds
    values: dict[str, Any] = {"phase": "final" if final else "fold", "fold": job.number, "folds": job.recipe.folds}
    values |= {"epoch": epoch, "epochs": job.recipe.epochs, "loss": loss, "lr": rate}
    if len(judged):
        values["validation_loss"] = likelihood_loss(out_of_fold[judged], part.targets[judged], part.weights[judged])
    return progress_event(part, out_of_fold, **values)


def _weights(network: Network) -> Tensors:
    return {name: value.detach().cpu().numpy() for name, value in network.state_dict().items()}


def _save(job: Job, network: Network, optimiser: torch.optim.Optimizer, events: list[dict[str, Any]]) -> None:
    """Weights, the optimiser's moments and the curve so far."""
    tensors = {f"network.{name}": value for name, value in _weights(network).items()}
    for at, state in optimiser.state_dict()["state"].items():
        tensors |= {f"optimiser.{at}.{name}": value.cpu().numpy() for name, value in state.items()}
    save_checkpoint(job.folder, job.name, tensors, {"key": job.key, "events": events})


def _resume(job: Job, network: Network, optimiser: torch.optim.Optimizer) -> list[dict[str, Any]]:
    """Load the job's checkpoint where there is one of the same key; the curve so far."""
    found = load_checkpoint(job.folder, job.name)
    if found is None or found[1]["key"] != job.key:
        return []
    tensors = {name: torch.from_numpy(value) for name, value in found[0].items()}
    own = {name.removeprefix("network."): value for name, value in tensors.items() if name.startswith("network.")}
    network.load_state_dict(own)
    state: dict[int, dict[str, Tensor]] = {}
    for name, value in tensors.items():
        if name.startswith("optimiser."):
            _, at, moment = name.split(".")
            state.setdefault(int(at), {})[moment] = value
    optimiser.load_state_dict({**optimiser.state_dict(), "state": state})
    events: list[dict[str, Any]] = found[1]["events"]
    return events
