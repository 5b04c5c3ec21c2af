"""One step of a training: what enters, the loss, and what happens where memory does not suffice."""

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from ml import parallel
from ml.augment import augment_pictures, augment_sounds, mixing
from ml.job import Job, State
from ml.layout import layout
from ml.losses import losses, smoothed
from ml.recipe import Recipe

WARM = 0.2  # share of the steps in which the rate rises (one cycle, arXiv:1708.07120)
THAWING = 0.5  # share of the steps after which the lowest tuned stage of a transferred network learns too
LEAST_RATE = 1e-3  # share of the peak
LARGEST_GRADIENT = 5.0  # norm to which gradients are cut, so that one odd batch does not undo an epoch
PICTURES = ("image_cnn", "image_transfer")


def to_floats(batch: Tensor, recipe: Recipe) -> Tensor:
    """(B, H, W, 3) uint8 or (B, 1, M, T) float32 to (B, C, H, W) float32 on the device."""
    moved = batch.to(recipe.device, non_blocking=True)
    if moved.dtype == torch.uint8:
        moved = moved.permute(0, 3, 1, 2).float() / 255
    return moved.contiguous(memory_format=layout(recipe.device))


def take_step(job: Job, state: State, batch: npt.NDArray[np.intp], random: torch.Generator) -> Tensor:
    """Learn from positions `batch` of the part; the loss before. Cuts the batch in halves until it fits in memory.

    Where the loss or its gradient is not finite no step is taken, and NaN is given back.
    """
    device = job.recipe.device
    whole = parallel.total(torch.from_numpy(job.part.weights[batch]).float().to(device).sum())
    before, loss = random.get_state(), None
    while loss is None:
        state.optimiser.zero_grad(set_to_none=True)
        loss = _as_memory_allows(job, state, batch, random, whole)
        if parallel.anyone(loss is None, device):  # processes wait for each other: all cut, or none
            if parallel.anyone(2 * state.pieces > len(batch), device):
                raise torch.OutOfMemoryError(f"There is no memory for a batch of {len(batch)} in {state.pieces} parts.")
            loss, state.pieces = None, 2 * state.pieces
            random.set_state(before)
            if device.startswith("cuda"):
                torch.cuda.empty_cache()
    loss = parallel.total(loss)
    parallel.sum_gradients(state.network)
    norm = torch.nn.utils.clip_grad_norm_(state.network.parameters(), LARGEST_GRADIENT)
    if not bool(torch.isfinite(loss) & torch.isfinite(norm)):  # the same in every process: both are sums over all
        return torch.full_like(loss, torch.nan)
    state.optimiser.step()
    if state.average is not None:
        state.average.add(state.network)
    return loss


def set_rates(state: State, recipe: Recipe, done: float) -> None:
    """Up in a line, down in a cosine, by the share of all steps that is done; lower stages later and lower."""
    shape = done / WARM if done < WARM else 0.5 * (1 + np.cos(np.pi * (done - WARM) / (1 - WARM)))
    stages = len(state.optimiser.param_groups)
    for group in state.optimiser.param_groups:
        thawed = done >= THAWING * group["depth"] / max(stages - 1, 1) if group["depth"] else True
        group["lr"] = recipe.lr * group["share"] * max(float(shape), LEAST_RATE) if thawed else 0.0


def _as_memory_allows(
    job: Job, state: State, batch: npt.NDArray[np.intp], random: torch.Generator, whole: Tensor
) -> Tensor | None:
    """None where memory does not suffice; the error, which holds on to what was made so far, is gone by then."""
    try:
        return _gradients(job, state, batch, random, whole)
    except torch.OutOfMemoryError:
        return None


def _gradients(
    job: Job, state: State, batch: npt.NDArray[np.intp], random: torch.Generator, whole: Tensor
) -> Tensor:
    """This process's share of the loss, of which `whole` is the sum of weights over all processes.

    Accumulated over the pieces of the batch, as if it had been one; mixed and augmented piece by piece.
    """
    weights = torch.from_numpy(job.part.weights[batch]).float().to(job.recipe.device)
    loss = torch.zeros((), device=job.recipe.device)
    for piece in np.array_split(np.arange(len(batch)), state.pieces):
        own = _loss(job, state, batch[piece], weights[torch.from_numpy(piece)], random) / whole
        torch.autograd.backward(own)
        loss = loss + own.detach()
    return loss


def _loss(job: Job, state: State, chosen: npt.NDArray[np.intp], weights: Tensor, random: torch.Generator) -> Tensor:
    """Weighted sum of losses with soft, smoothed and perhaps mixed targets."""
    recipe, part = job.recipe, job.part
    batch = to_floats(job.inputs[torch.from_numpy(part.rows[chosen])], recipe)
    change = augment_pictures if recipe.kind in PICTURES else augment_sounds
    batch = change(batch, recipe.augment, random)
    targets = smoothed(torch.from_numpy(part.targets[chosen]).float().to(recipe.device), recipe.smoothing)
    partner, own = mixing(len(batch), recipe.augment, random)
    if own < 1:
        beside = torch.where(torch.isnan(batch[partner]), batch, batch[partner])  # a partner that is over adds nothing
        batch, targets = own * batch + (1 - own) * beside, own * targets + (1 - own) * targets[partner]
    with torch.autocast(recipe.device.split(":")[0], torch.bfloat16, enabled=recipe.half):
        logits = state.called(batch)
    return (weights * losses(logits, targets, recipe.loss)).sum()
