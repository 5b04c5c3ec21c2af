"""Changes that leave the class alone, on whole batches and on whatever device they lie."""

from collections.abc import Collection
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from ml.borders import sample
from ml.recipe import Augment

OWNERS_SAY = ("shift", "rotate", "scale", "crop", "flip", "noise", "colour", "warp", "gain", "background")
OFF = Augment(
    shift=0, rotate=0, scale=0, crop=0, flip=False, noise=0, colour=0, warp=0, gain=0, background=0, mask=0, mix=0
)
BENEATH = (1.0, 4.0)  # nats by which a background lies under the sound
KNOTS = 4  # of a microphone's tilt, from the lowest band to the highest


def allowed(how: Augment, changes: Collection[str]) -> Augment:
    """`how` without those changes that the owner does not allow; ValueError names one that does not exist."""
    unknown = sorted(set(changes) - set(OWNERS_SAY))
    if unknown:
        raise ValueError(f"There is no change called {unknown[0]!r}; there are {', '.join(OWNERS_SAY)}.")
    off: dict[str, Any] = {name: getattr(OFF, name) for name in OWNERS_SAY if name not in changes}
    return replace(how, **off)


def augment_pictures(batch: Tensor, how: Augment, random: torch.Generator) -> Tensor:
    """(B, 3, S, S) in 0..1 turned, scaled, cropped, shifted, perhaps mirrored, in another light, with noise."""
    count = len(batch)
    angle = torch.deg2rad(how.rotate * _between(count, random))
    size = torch.exp(how.scale * _between(count, random))
    kept = 1 - how.crop * torch.rand(count, generator=random)
    mirror = torch.where(torch.rand(count, generator=random) < 0.5, -1.0, 1.0) if how.flip else torch.ones(count)
    move = 2 * how.shift * torch.stack([_between(count, random), _between(count, random)], dim=1)
    move = move + (1 - kept)[:, None] * torch.stack([_between(count, random), _between(count, random)], dim=1)
    cosine, sine = torch.cos(angle) * size * kept, torch.sin(angle) * size * kept
    rows = torch.stack([torch.stack([cosine * mirror, -sine], 1), torch.stack([sine * mirror, cosine], 1)], 1)
    moved = sample(batch, torch.cat([rows, move[:, :, None]], 2), how.border)
    return _noisy(_coloured(moved, how.colour, random), how, random)


def augment_sounds(batch: Tensor, how: Augment, random: torch.Generator) -> Tensor:
    """(B, 1, MELS, T) warped along the mel axis (Jaitly and Hinton 2013), faster or slower, shifted, masked.

    Frames of NaN are padding and stay where they are: a sound is moved within its own length, and nothing is measured
    of what is not there.
    """
    count = len(batch)
    there = ~torch.isnan(batch[:, :1, :1])  # (B, 1, 1, T)
    lengths = there[:, 0, 0].sum(dim=1).cpu()
    tall = torch.exp(how.warp * _between(count, random))
    fast = torch.exp(how.scale * _between(count, random))
    late = 2 * how.shift * _between(count, random)
    zero = torch.zeros(count)
    # the warp is fixed at the lowest band, as a longer vocal tract leaves 0 Hz where it is
    affine = torch.stack([torch.stack([fast, zero, late], 1), torch.stack([zero, tall, tall - 1], 1)], 1)
    moved = _tilted(_moved(batch, affine, how.border, lengths), how.gain, random)
    heard = _noisy(_over_background(moved, there, how, random), how, random, there)
    bands = torch.full((count,), batch.shape[2])
    changed = _masked(_masked(heard, there, 2, bands, how.mask, random), there, 3, lengths, how.mask, random)
    return torch.where(there, changed, torch.nan)


def mixing(count: int, how: Augment, random: torch.Generator) -> tuple[Tensor, float]:
    """A partner for each example and the share that stays its own (mixup, arXiv:1710.09412)."""
    partner = torch.randperm(count, generator=random)
    if how.mix <= 0:
        return partner, 1.0
    one, two = torch._standard_gamma(torch.full((2,), how.mix), generator=random).tolist()
    return partner, max(one, two) / (one + two)


def _moved(batch: Tensor, affine: Tensor, border: str, lengths: Tensor) -> Tensor:
    """Each within its own length; zero where it is over."""
    if int(lengths.min()) == batch.shape[3]:
        return sample(batch, affine, border)
    out = torch.zeros_like(batch)
    for at, length in enumerate(lengths.clamp(min=1).tolist()):
        own = torch.nan_to_num(batch[at : at + 1, ..., :length])
        out[at, ..., :length] = sample(own, affine[at : at + 1], border)[0]
    return out


def _mean(batch: Tensor, there: Tensor) -> Tensor:
    """(B, 1, 1, 1) over what is there."""
    weights = there.expand_as(batch).to(batch.dtype)
    return (batch * weights).sum(dim=(1, 2, 3), keepdim=True) / weights.sum(dim=(1, 2, 3), keepdim=True).clamp(min=1)


def _between(count: int, random: torch.Generator) -> Tensor:
    """Uniform in -1..1, drawn on the CPU so that a seed means the same everywhere."""
    return torch.rand(count, generator=random) * 2 - 1


def _coloured(batch: Tensor, share: float, random: torch.Generator) -> Tensor:
    """Brightness, contrast and saturation, each by its own factor."""
    if share <= 0:
        return batch
    light, contrast, colour = (
        (1 + share * _between(len(batch), random)).view(-1, 1, 1, 1).to(batch.device) for _ in range(3)
    )
    grey = batch.mean(dim=1, keepdim=True)
    batch = grey + colour * (batch - grey)
    mean = batch.mean(dim=(1, 2, 3), keepdim=True)
    return light * (mean + contrast * (batch - mean))


def _tilted(batch: Tensor, nats: float, random: torch.Generator) -> Tensor:
    """A smooth curve over the mel axis added to each log-mel picture: another microphone, another gain."""
    if nats <= 0:
        return batch
    knots = nats * torch.randn(len(batch), 1, KNOTS, generator=random)
    curve = functional.interpolate(knots, size=batch.shape[2], mode="linear", align_corners=True)
    return batch + curve[..., None].to(batch.device)


def _over_background(batch: Tensor, there: Tensor, how: Augment, random: torch.Generator) -> Tensor:
    """Another example of the batch heard beneath for as long as it sounds; energies add: logarithms take logaddexp."""
    if how.background <= 0:
        return batch
    partner = torch.randperm(len(batch), generator=random)
    chosen = torch.rand(len(batch), generator=random) < how.background
    below = BENEATH[0] + (BENEATH[1] - BENEATH[0]) * torch.rand(len(batch), generator=random)
    beneath = torch.where(there, batch, -torch.inf)[partner] - below.view(-1, 1, 1, 1).to(batch.device)
    return torch.where(chosen.view(-1, 1, 1, 1).to(batch.device), torch.logaddexp(batch, beneath), batch)


def _noisy(batch: Tensor, how: Augment, random: torch.Generator, there: Tensor | None = None) -> Tensor:
    """With noise as strong as a share of the spread of what is there, all where nothing is said."""
    if how.noise <= 0:
        return batch
    known = torch.ones_like(batch, dtype=torch.bool) if there is None else there
    spread = how.noise * _mean((batch - _mean(batch, known)).square(), known).sqrt()
    return batch + spread * torch.randn(batch.shape, generator=random).to(batch.device)


def _masked(
    batch: Tensor, there: Tensor, axis: int, lengths: Tensor, share: float, random: torch.Generator
) -> Tensor:
    """One stretch of an axis, of each one's own length (B,), set to the example's mean (SpecAugment, 1904.08779)."""
    width = torch.rand(len(batch), generator=random) * share * lengths
    start = torch.rand(len(batch), generator=random) * (lengths - width)
    place = torch.arange(batch.shape[axis])
    hidden = (place >= start[:, None]) & (place < (start + width)[:, None])
    shape = [len(batch), 1, 1, 1]
    shape[axis] = batch.shape[axis]
    return torch.where(hidden.view(shape).to(batch.device), _mean(batch, there), batch)
