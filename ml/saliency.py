"""Where a model looks, so that one sees whether it looks at the right thing (Lapuschkin et al. 2019, Clever Hans).

Most networks here take the mean over places before one linear layer, so that a class's logit is a sum over places and
its map is exact (Zhou et al. 2016, arXiv:1512.04150). For everything else a patch is hidden and the loss of the logit
kept.
"""

import io
from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt
import torch
from PIL import Image
from torch import Tensor
from torch.nn import functional

from ml.head import Array, Doubles
from ml.models import Network

Heat = npt.NDArray[np.float32]  # (H, W) in 0..1: how much a place speaks for the class

PATCH_ROWS, PATCH_COLUMNS = 8, 4  # bands and frames hidden at once
MOST_COLUMNS = 25  # patches along time: of a longer sound each hides more frames, so that it costs no more of them
AT_ONCE = 64  # hidden patches judged in one call
WARM = np.array([255, 80, 0], np.float32)  # colour of what speaks for the class
OPACITY = 0.6
SHOWN = 224  # px, shorter side of an overlay


def class_map(maps: Array, weight: Array, height: int, width: int) -> Heat:
    """Feature maps (E, h, w) and one class's weights (E,) to a heat of the input's size."""
    raw = torch.from_numpy(np.tensordot(weight, maps, axes=1)[None, None].astype(np.float32))
    full = functional.interpolate(raw, size=(height, width), mode="bilinear", align_corners=False)[0, 0]
    return _scaled(full.numpy())


def network_maps(network: Network, batch: Tensor, classes: Sequence[int]) -> list[Heat]:
    """One heat an example (B, C, H, W) for the class given with it."""
    network.eval()
    with torch.inference_mode():
        maps = network.maps(batch).float().cpu().numpy()
    weight = network.last.weight.detach().float().cpu().numpy()
    height, width = batch.shape[2:]
    return [class_map(own, weight[chosen], height, width) for own, chosen in zip(maps, classes, strict=True)]


def occlusion(
    logits_of: Callable[[Array], Doubles],
    picture: Array,
    chosen: int,
    rows: int = PATCH_ROWS,
    columns: int = PATCH_COLUMNS,
) -> Heat:
    """By how much the logit of `chosen` falls where a patch of (C, H, W) is set to its mean (Zeiler and Fergus 2014).

    `logits_of` takes (B, C, H, W), AT_ONCE of them at most.
    """
    _, height, width = picture.shape
    places = [(top, left) for top in range(0, height, rows) for left in range(0, width, columns)]
    plain = logits_of(picture[None])[0, chosen]
    heat = np.zeros((height, width), np.float32)
    for start in range(0, len(places), AT_ONCE):
        some = places[start : start + AT_ONCE]
        hidden = np.repeat(picture[None], len(some), axis=0)
        for own, (top, left) in zip(hidden, some, strict=True):
            own[:, top : top + rows, left : left + columns] = picture.mean()
        for said, (top, left) in zip(logits_of(hidden)[:, chosen], some, strict=True):
            heat[top : top + rows, left : left + columns] = plain - said
    return _scaled(heat)


def frames_hidden(frames: int) -> int:
    """How many frames a patch hides of a sound of so many."""
    return max(PATCH_COLUMNS, -(-frames // MOST_COLUMNS))


def overlay(picture: npt.NDArray[np.uint8], heat: Heat) -> bytes:
    """A PNG of (H, W, 3) with the heat over it, enlarged where it is small."""
    height, width = picture.shape[:2]
    strength = np.asarray(Image.fromarray(heat).resize((width, height), Image.Resampling.BILINEAR))[..., None]
    mixed = picture * (1 - OPACITY * strength) + WARM * OPACITY * strength
    shown = Image.fromarray(mixed.clip(0, 255).astype(np.uint8))
    times = max(1, -(-SHOWN // min(height, width)))
    out = io.BytesIO()
    shown.resize((width * times, height * times), Image.Resampling.NEAREST).save(out, "PNG")
    return out.getvalue()


def spectrum_picture(log_mel: Array) -> npt.NDArray[np.uint8]:
    """A log-mel picture (1, MELS, T) as grey (MELS, T, 3), low bands at the bottom."""
    low, high = float(log_mel.min()), float(log_mel.max())
    grey = ((log_mel[0, ::-1] - low) / max(high - low, 1e-6) * 255).astype(np.uint8)
    return np.repeat(grey[..., None], 3, axis=2)


def _scaled(heat: npt.NDArray[np.float32]) -> Heat:
    """What speaks for the class, in 0..1; what speaks against it is 0."""
    positive = np.maximum(heat, 0)
    return (positive / max(float(positive.max()), 1e-9)).astype(np.float32)
