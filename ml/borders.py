"""Moving pictures about, and what is seen where they end."""

import torch
from torch import Tensor
from torch.nn import functional

from ml.recipe import BORDERS


def sample(batch: Tensor, affine: Tensor, border: str) -> Tensor:
    """(B, C, H, W) by (B, 2, 3) maps from new places to old ones, -1..1 being the outer edges; bilinear.

    Outside lies: "constant" the example's mean, "edge" its last row and column, "reflect" its mirror image without the
    edge doubled, "symmetric" with it, "wrap" its other side. Raises ValueError for another word.
    """
    if border not in BORDERS:
        raise ValueError(f"There is no border called {border!r}; there are {', '.join(BORDERS)}.")
    grid = functional.affine_grid(affine.to(batch.device), list(batch.shape), align_corners=False)
    if border == "constant":
        mean = batch.mean(dim=(2, 3), keepdim=True)
        return functional.grid_sample(batch - mean, grid, padding_mode="zeros", align_corners=False) + mean
    if border == "symmetric":
        return functional.grid_sample(batch, grid, padding_mode="reflection", align_corners=False)
    if border == "reflect":
        return functional.grid_sample(batch, _reflected(grid, batch), padding_mode="border", align_corners=False)
    if border == "wrap":
        return _wrapped(batch, grid)
    return functional.grid_sample(batch, grid, padding_mode="border", align_corners=False)


def _reflected(grid: Tensor, batch: Tensor) -> Tensor:
    """Places mirrored at the middle of the outermost pixels."""
    size = torch.tensor([batch.shape[3], batch.shape[2]], dtype=grid.dtype, device=grid.device)
    pixel = ((grid + 1) * size - 1) / 2
    period = 2 * (size - 1).clamp(min=1)
    pixel = pixel.remainder(period)
    pixel = torch.minimum(pixel, period - pixel)
    return (2 * pixel + 1) / size - 1


def _wrapped(batch: Tensor, grid: Tensor) -> Tensor:
    """The picture has one pixel of its other side around it, so that the seam is as smooth as the rest."""
    padded = functional.pad(batch, (1, 1, 1, 1), mode="circular")
    size = torch.tensor([batch.shape[3], batch.shape[2]], dtype=grid.dtype, device=grid.device)
    inside = (grid + 1).remainder(2) - 1
    return functional.grid_sample(padded, inside * size / (size + 2), padding_mode="border", align_corners=False)
