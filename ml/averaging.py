"""An average of weights over the steps of a training, which generalises better than the last of them.

Polyak and Juditsky 1992; the decay grows at the start, so that the first random weights are soon forgotten.
"""

import torch
from torch import Tensor, nn

EARLY = 10.0  # steps after which the decay is about half


class Average:
    """Running mean of a network's floating-point state, normalisation statistics among it."""

    def __init__(self, network: nn.Module, decay: float) -> None:
        self.decay = decay
        self.steps = 0
        self.state = {name: value.detach().clone() for name, value in network.state_dict().items()}

    @torch.no_grad()
    def add(self, network: nn.Module) -> None:
        """One more step's weights."""
        self.steps += 1
        decay = min(self.decay, self.steps / (self.steps + EARLY))
        for name, value in network.state_dict().items():
            if value.dtype.is_floating_point:
                self.state[name].lerp_(value, 1 - decay)
            else:
                self.state[name].copy_(value)

    def restore(self, state: dict[str, Tensor], steps: int) -> None:
        """Go on from a checkpoint."""
        self.steps = steps
        for name, value in state.items():
            self.state[name].copy_(value)
