"""Changes that leave the class alone, on whole batches and on whatever device they lie."""

import torch
from torch import Tensor
from torch.nn import functional

from ml.recipe import Augment


def augment_pictures(batch: Tensor, how: Augment, random: torch.Generator) -> Tensor:
    """(B, 3, S, S) turned, scaled, shifted, perhaps mirrored, with noise."""
    count = len(batch)
    angle = torch.deg2rad(how.rotate * _between(count, random))
    size = torch.exp(how.scale * _between(count, random))
    mirror = torch.where(torch.rand(count, generator=random) < 0.5, -1.0, 1.0) if how.flip else torch.ones(count)
    move = 2 * how.shift * torch.stack([_between(count, random), _between(count, random)], dim=1)
    cosine, sine = torch.cos(angle) * size, torch.sin(angle) * size
    rows = torch.stack([torch.stack([cosine * mirror, -sine], 1), torch.stack([sine * mirror, cosine], 1)], 1)
    return _noisy(_moved(batch, torch.cat([rows, move[:, :, None]], 2), how), how, random)


def augment_sounds(batch: Tensor, how: Augment, random: torch.Generator) -> Tensor:
    """(B, 1, MELS, T) warped along the mel axis (Jaitly and Hinton 2013), faster or slower, shifted, masked."""
    count = len(batch)
    tall = torch.exp(how.warp * _between(count, random))
    fast = torch.exp(how.scale * _between(count, random))
    zero = torch.zeros(count)
    # the warp is fixed at the lowest band, as a longer vocal tract leaves 0 Hz where it is
    across = torch.stack([fast, zero, 2 * how.shift * _between(count, random)], 1)
    along = torch.stack([zero, tall, tall - 1], 1)
    warped = _noisy(_moved(batch, torch.stack([across, along], 1), how), how, random)
    return _masked(_masked(warped, 2, how.mask, random), 3, how.mask, random)


def mixing(count: int, how: Augment, random: torch.Generator) -> tuple[Tensor, float]:
    """A partner for each example and the share that stays its own (mixup, arXiv:1710.09412)."""
    partner = torch.randperm(count, generator=random)
    if how.mix <= 0:
        return partner, 1.0
    one, two = torch._standard_gamma(torch.full((2,), how.mix), generator=random).tolist()
    return partner, max(one, two) / (one + two)


def _between(count: int, random: torch.Generator) -> Tensor:
    """Uniform in -1..1, drawn on the CPU so that a seed means the same everywhere."""
    return torch.rand(count, generator=random) * 2 - 1


def _moved(batch: Tensor, affine: Tensor, how: Augment) -> Tensor:
    grid = functional.affine_grid(affine.to(batch.device), list(batch.shape), align_corners=False)
    return functional.grid_sample(batch, grid, padding_mode=how.border, align_corners=False)


def _noisy(batch: Tensor, how: Augment, random: torch.Generator) -> Tensor:
    if how.noise <= 0:
        return batch
    spread = how.noise * batch.std(dim=(1, 2, 3), keepdim=True)
    return batch + spread * torch.randn(batch.shape, generator=random).to(batch.device)


def _masked(batch: Tensor, axis: int, share: float, random: torch.Generator) -> Tensor:
    """One stretch of an axis set to the example's mean (SpecAugment, arXiv:1904.08779)."""
    length = batch.shape[axis]
    width = torch.rand(len(batch), generator=random) * share * length
    start = torch.rand(len(batch), generator=random) * (length - width)
    place = torch.arange(length)
    hidden = (place >= start[:, None]) & (place < (start + width)[:, None])
    shape = [len(batch), 1, 1, 1]
    shape[axis] = length
    return torch.where(hidden.view(shape).to(batch.device), batch.mean(dim=(1, 2, 3), keepdim=True), batch)
