"""Several processes with one recipe, started by torchrun: each takes its share of every batch, gradients are averaged.

`torchrun --nproc-per-node 2 -m ml SNAPSHOT FOLDER` trains as one process does. Alone, all of this does nothing.
"""

import contextlib
import os
from collections.abc import Iterable, Iterator
from datetime import timedelta

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, distributed, nn

PATIENCE = timedelta(minutes=10)  # a process that waits longer for the others gives up


@contextlib.contextmanager
def together(device: str) -> Iterator[str]:
    """Join the processes that torchrun started, where it did; the device of this one."""
    if "RANK" not in os.environ or "WORLD_SIZE" not in os.environ:
        yield device
        return
    distributed.init_process_group("nccl" if device == "cuda" else "gloo", timeout=PATIENCE)
    try:
        yield f"cuda:{os.environ.get('LOCAL_RANK', '0')}" if device == "cuda" else device
    finally:
        distributed.destroy_process_group()


def size() -> int:
    """How many processes there are."""
    return distributed.get_world_size() if distributed.is_initialized() else 1


def rank() -> int:
    """Which of them this is; the first one writes."""
    return distributed.get_rank() if distributed.is_initialized() else 0


def share(batch: npt.NDArray[np.intp]) -> npt.NDArray[np.intp]:
    """This process's rows of a batch; a batch with fewer rows than processes goes to each in full."""
    return batch[rank() :: size()] if len(batch) >= 2 * size() else batch


def total(value: Tensor) -> Tensor:
    """The sum over all processes."""
    if size() > 1:
        value = value.clone()
        distributed.all_reduce(value)
    return value


def sum_gradients(network: nn.Module) -> None:
    """Every process's gradients become their sum over processes; losses are divided by the sum of all weights."""
    gradients = [parameter.grad for parameter in network.parameters() if parameter.grad is not None]
    if size() == 1 or not gradients:
        return
    flat = torch.cat([gradient.flatten() for gradient in gradients])  # one message rather than one a layer
    distributed.all_reduce(flat)
    sizes = [gradient.numel() for gradient in gradients]
    for gradient, summed in zip(gradients, torch.split(flat, sizes), strict=True):
        gradient.copy_(summed.view_as(gradient))


def same_everywhere(tensors: Iterable[Tensor]) -> None:
    """Floating-point tensors become their mean over processes: statistics of normalisation are each one's own."""
    if size() > 1:
        for tensor in tensors:
            if tensor.dtype.is_floating_point:
                distributed.all_reduce(tensor)
                tensor.div_(size())


def anyone(flag: bool, device: str) -> bool:
    """Whether it holds in any process, so that all stop together."""
    return bool(total(torch.tensor(float(flag), device=device)).item()) if size() > 1 else flag


def wait() -> None:
    """Until all are here."""
    if size() > 1:
        distributed.barrier()
