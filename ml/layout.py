"""How a batch lies in memory: channels last on a card, whose convolutions are fastest so; channels first on the CPU."""

import torch


def layout(device: str) -> torch.memory_format:
    """The memory format of networks that learn and of their batches (B, C, H, W).

    With several threads, the gradients of small channels-last convolutions on the CPU wrote beyond their memory
    (seen with torch 2.13 as a broken heap in two runs of three; never with channels first).
    """
    return torch.channels_last if device.startswith("cuda") else torch.contiguous_format
