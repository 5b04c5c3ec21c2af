"""Networks. Each gives its last hidden layer, (B, E), as embedding, and logits, (B, K).

The last layer begins at weights zero and bias log-prior, so that the loss begins at the entropy of the classes.
"""

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional

from ml.recipe import Recipe

SPREAD = 1e-3  # keeps a constant input from being divided by zero
GRU_BANDS = 5  # rows of the mel axis left when the frames go into the recurrent layer


class Network(nn.Module):
    """Whatever makes a hidden layer of E values, with one linear layer on it."""

    mapped = True  # whether the embedding is the mean of `maps`

    def __init__(self, dimensions: int, log_prior: Tensor, dropout: float = 0.0) -> None:
        super().__init__()
        self.dropout = nn.Dropout(dropout)
        self.last = nn.Linear(dimensions, len(log_prior))
        with torch.no_grad():
            self.last.weight.zero_()
            self.last.bias.copy_(log_prior)

    def maps(self, batch: Tensor) -> Tensor:
        """(B, C, H, W) to the last feature maps (B, E, h, w), of which the embedding is the mean."""
        raise NotImplementedError

    def embed(self, batch: Tensor) -> Tensor:
        """(B, C, H, W) to the last hidden layer (B, E)."""
        return self.maps(batch).mean(dim=(2, 3))

    def forward(self, batch: Tensor) -> Tensor:
        """(B, C, H, W) to logits (B, K)."""
        logits: Tensor = self.last(self.dropout(self.embed(batch)))
        return logits

    def stages(self) -> list[list[nn.Parameter]]:
        """Parameters by depth, the top first; a network from scratch learns all of them at one rate."""
        return [list(self.parameters())]


class Convolutional(Network):
    """A trunk of convolutions and the mean over places."""

    def __init__(self, trunk: nn.Module, dimensions: int, log_prior: Tensor, dropout: float) -> None:
        super().__init__(dimensions, log_prior, dropout)
        self.trunk = trunk

    def maps(self, batch: Tensor) -> Tensor:
        """(B, C, H, W) to (B, E, h, w)."""
        maps: Tensor = self.trunk(standardise(batch))
        return maps


class Residual(nn.Module):
    """Two 3x3 convolutions around a shortcut (He et al. 2016, arXiv:1603.05027), halving the size where stride is 2."""

    def __init__(self, inside: int, outside: int, stride: int) -> None:
        super().__init__()
        self.first = nn.Conv2d(inside, outside, 3, stride, 1, bias=False)
        self.first_norm = nn.BatchNorm2d(outside)
        self.second = nn.Conv2d(outside, outside, 3, 1, 1, bias=False)
        self.second_norm = nn.BatchNorm2d(outside)
        self.shortcut = nn.Conv2d(inside, outside, 1, stride, bias=False)
        nn.init.zeros_(self.second_norm.weight)  # each block begins as its shortcut

    def forward(self, maps: Tensor) -> Tensor:
        """(B, inside, H, W) to (B, outside, H / stride, W / stride)."""
        inner = functional.relu(self.first_norm(self.first(maps)))
        out: Tensor = functional.relu(self.second_norm(self.second(inner)) + self.shortcut(maps))
        return out


class Recurrent(Network):
    """Convolutions, then a recurrent layer both ways, then the mean over the frames that are there.

    Frames of NaN are padding: after each convolution they are zero again, so that a sound's result does not depend on
    how long its neighbours in the batch are.
    """

    mapped = False

    def __init__(self, width: int, log_prior: Tensor, dropout: float) -> None:
        super().__init__(4 * width, log_prior, dropout)
        self.convolutions = nn.ModuleList(
            [nn.Sequential(*_convolution(1, width, (2, 1))), nn.Sequential(*_convolution(width, width, (2, 1))),
             nn.Sequential(*_convolution(width, 2 * width, (2, 1)))]
        )  # fmt: skip
        self.recurrent = nn.GRU(2 * width * GRU_BANDS, 2 * width, batch_first=True, bidirectional=True)

    def embed(self, batch: Tensor) -> Tensor:
        """(B, 1, MELS, T) with NaN where a sound is over, to (B, E)."""
        there = ~torch.isnan(batch[:, :1, :1])  # (B, 1, 1, T)
        maps = _standardise_there(batch, there)
        for convolution in self.convolutions:
            convolve, norm, rectify = convolution.children()
            maps = rectify(_normalised_there(norm, convolve(maps), there[:, 0, 0])) * there
        maps = functional.adaptive_avg_pool2d(maps, (GRU_BANDS, maps.shape[3]))
        frames = maps.flatten(1, 2).transpose(1, 2)  # (B, T, 2 width * GRU_BANDS)
        lengths = there[:, 0, 0].sum(dim=1).clamp(min=1)
        packed = nn.utils.rnn.pack_padded_sequence(frames, lengths.cpu(), batch_first=True, enforce_sorted=False)
        out, _ = nn.utils.rnn.pad_packed_sequence(self.recurrent(packed)[0], batch_first=True)
        mean: Tensor = out.sum(dim=1) / lengths[:, None]
        return mean


def standardise(batch: Tensor) -> Tensor:
    """Mean 0 and spread 1 by example: light, microphone and gain say nothing of the class."""
    mean = batch.mean(dim=(1, 2, 3), keepdim=True)
    spread = batch.std(dim=(1, 2, 3), keepdim=True)
    return (batch - mean) / (spread + SPREAD)


def _standardise_there(batch: Tensor, there: Tensor) -> Tensor:
    """The same over the frames that are there; the others become zero."""
    filled = torch.where(there, batch, torch.zeros_like(batch))
    count = (there.sum(dim=(1, 2, 3), keepdim=True) * batch.shape[2]).clamp(min=1)
    mean = filled.sum(dim=(1, 2, 3), keepdim=True) / count
    centred = (filled - mean) * there
    spread = (centred.square().sum(dim=(1, 2, 3), keepdim=True) / count).sqrt()
    return centred / (spread + SPREAD)


def _normalised_there(norm: nn.Module, maps: Tensor, there: Tensor) -> Tensor:
    """(B, C, H, T) normalised over the frames (B, T) that are there: padding has no part in a batch's statistics."""
    if not norm.training or bool(there.all()):
        plain: Tensor = norm(maps)
        return plain
    frames = maps.permute(0, 3, 1, 2)
    out = torch.zeros_like(frames)
    out[there] = norm(frames[there][..., None])[..., 0].to(out.dtype)
    return out.permute(0, 2, 3, 1)


def image_cnn(recipe: Recipe, log_prior: Tensor) -> Network:
    """Pictures (B, 3, S, S): a stem and three residual stages of width, 2 width and 4 width."""
    width = recipe.width
    stem = _convolution(3, width, (1, 1))
    stages = [Residual(width, width, 2), Residual(width, 2 * width, 2), Residual(2 * width, 4 * width, 2)]
    return Convolutional(nn.Sequential(*stem, *stages), 4 * width, log_prior, recipe.dropout)


def audio_cnn(recipe: Recipe, log_prior: Tensor) -> Network:
    """Log-mel pictures (B, 1, MELS, T): four plain convolutions, cheap enough for two cores."""
    width = recipe.width
    layers = [
        *_convolution(1, width, (2, 1)),
        *_convolution(width, 2 * width, (2, 2)),
        *_convolution(2 * width, 4 * width, (2, 2)),
        *_convolution(4 * width, 4 * width, (1, 1)),
    ]
    return Convolutional(nn.Sequential(*layers), 4 * width, log_prior, recipe.dropout)


def audio_gru(recipe: Recipe, log_prior: Tensor) -> Network:
    """Log-mel pictures of any lengths (B, 1, MELS, T), NaN where a sound is over."""
    return Recurrent(recipe.width, log_prior, recipe.dropout)


def _convolution(inside: int, outside: int, stride: tuple[int, int]) -> list[nn.Module]:
    """3x3, normalised, rectified."""
    return [nn.Conv2d(inside, outside, 3, stride, 1, bias=False), nn.BatchNorm2d(outside), nn.ReLU()]


Maker = Callable[[Recipe, Tensor], Network]
