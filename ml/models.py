"""Small networks from scratch. Each gives its last hidden layer, (B, E), and logits, (B, K).

The last layer begins at weights zero and bias log-prior, so that the loss begins at the entropy of the classes.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional

SPREAD = 1e-3  # keeps a constant input from being divided by zero


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


class Network(nn.Module):
    """A trunk of convolutions, the mean over places, and one linear layer."""

    def __init__(self, trunk: nn.Module, dimensions: int, log_prior: Tensor) -> None:
        super().__init__()
        self.trunk = trunk
        self.last = nn.Linear(dimensions, len(log_prior))
        with torch.no_grad():
            self.last.weight.zero_()
            self.last.bias.copy_(log_prior)

    def maps(self, batch: Tensor) -> Tensor:
        """(B, C, H, W) to the last feature maps (B, E, h, w)."""
        maps: Tensor = self.trunk(standardise(batch))
        return maps

    def embed(self, batch: Tensor) -> Tensor:
        """(B, C, H, W) to the last hidden layer (B, E)."""
        return self.maps(batch).mean(dim=(2, 3))

    def forward(self, batch: Tensor) -> Tensor:
        """(B, C, H, W) to logits (B, K)."""
        logits: Tensor = self.last(self.embed(batch))
        return logits


def standardise(batch: Tensor) -> Tensor:
    """Mean 0 and spread 1 by example: light, microphone and gain say nothing of the class."""
    mean = batch.mean(dim=(1, 2, 3), keepdim=True)
    spread = batch.std(dim=(1, 2, 3), keepdim=True)
    return (batch - mean) / (spread + SPREAD)


def image_cnn(width: int, log_prior: Tensor) -> Network:
    """Pictures (B, 3, S, S): a stem and three residual stages of width, 2 width and 4 width."""
    stem = _convolution(3, width, (1, 1))
    stages = [Residual(width, width, 2), Residual(width, 2 * width, 2), Residual(2 * width, 4 * width, 2)]
    return Network(nn.Sequential(*stem, *stages), 4 * width, log_prior)


def audio_cnn(width: int, log_prior: Tensor) -> Network:
    """Log-mel pictures (B, 1, MELS, T): four plain convolutions, cheap enough for two cores."""
    layers = [
        *_convolution(1, width, (2, 1)),
        *_convolution(width, 2 * width, (2, 2)),
        *_convolution(2 * width, 4 * width, (2, 2)),
        *_convolution(4 * width, 4 * width, (1, 1)),
    ]
    return Network(nn.Sequential(*layers), 4 * width, log_prior)


def _convolution(inside: int, outside: int, stride: tuple[int, int]) -> list[nn.Module]:
    """3x3, normalised, rectified."""
    return [nn.Conv2d(inside, outside, 3, stride, 1, bias=False), nn.BatchNorm2d(outside), nn.ReLU()]


NETWORKS = {"image_cnn": image_cnn, "audio_cnn": audio_cnn}
