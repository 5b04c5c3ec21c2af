"""One network to train, and everything about it that a killed process must find again."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from ml.averaging import Average
from ml.checkpoint import Tensors, load_checkpoint, save_checkpoint
from ml.models import Network
from ml.part import Part
from ml.ragged import Ragged
from ml.recipe import Recipe
from ml.transfer import LOWER

Event = dict[str, Any]


@dataclass(frozen=True)
class Job:
    """One network to train: all inputs, the rows it may see, and how."""

    inputs: Tensor | Ragged  # (N, C, H, W) float32, or (N, H, W, 3) uint8 for pictures; on the recipe's device
    part: Part
    seen: npt.NDArray[np.intp]  # positions in the part
    recipe: Recipe
    number: int  # fold, or the count of folds for the final one
    folder: Path
    key: str  # snapshot and recipe: a checkpoint of another pair is not gone on from
    epochs: int = 0  # at which it ends, 0 for all; the schedule is the recipe's in any case

    @property
    def name(self) -> str:
        """Of its checkpoint."""
        return f"progress-{self.number}"

    @property
    def last_epoch(self) -> int:
        """How many epochs it has."""
        return self.epochs or self.recipe.epochs


@dataclass
class State:
    """What changes while a job runs."""

    network: Network
    optimiser: torch.optim.Optimizer
    average: Average | None
    pieces: int = 1  # into which a batch is cut, doubled where memory does not suffice
    events: list[Event] = field(default_factory=list)
    best: dict[str, Tensor] | None = None  # weights of the best validation loss, where training may end early
    compiled: Callable[[Tensor], Tensor] | None = None

    def called(self, batch: Tensor) -> Tensor:
        """The network's logits, by its compiled form where there is one."""
        return self.network(batch) if self.compiled is None else self.compiled(batch)


def fresh_state(network: Network, recipe: Recipe) -> State:
    """Before the first step; lower stages of a transferred network learn at lower rates."""
    groups = [
        {"params": stage, "lr": recipe.lr, "depth": depth, "share": LOWER**depth}
        for depth, stage in enumerate(network.stages())
    ]
    optimiser = torch.optim.AdamW(groups, lr=recipe.lr, weight_decay=recipe.weight_decay)
    average = Average(network, recipe.averaging) if recipe.averaging else None
    return State(network, optimiser, average)


def weights_of(state: State) -> dict[str, Tensor]:
    """Those that count in the end: the best, the average, or the last."""
    if state.best is not None:
        return state.best
    return state.average.state if state.average is not None else state.network.state_dict()


def finite(state: State) -> bool:
    """Whether all that a checkpoint would keep of the weights is numbers."""
    kept = [state.network.state_dict(), state.best or {}, state.average.state if state.average is not None else {}]
    return all(bool(torch.isfinite(value).all()) for weights in kept for value in weights.values())


def save(job: Job, state: State) -> None:
    """Weights, their average, the optimiser's moments and the curve so far."""
    packed: Tensors = _pack("network", state.network.state_dict())
    for at, moments in state.optimiser.state_dict()["state"].items():
        packed |= _pack(f"optimiser.{at}", moments)
    about: dict[str, Any] = {"key": job.key, "events": state.events, "pieces": state.pieces}
    if state.average is not None:
        packed |= _pack("average", state.average.state)
        about["averaged"] = state.average.steps
    if state.best is not None:
        packed |= _pack("best", state.best)
    save_checkpoint(job.folder, job.name, packed, about)


def resume(job: Job, state: State) -> None:
    """Load the job's checkpoint where there is one of the same key."""
    found = load_checkpoint(job.folder, job.name)
    if found is None or found[1]["key"] != job.key:
        return
    tensors, about = {name: torch.from_numpy(value) for name, value in found[0].items()}, found[1]
    state.network.load_state_dict(_unpack("network", tensors))
    moments: dict[int, dict[str, Tensor]] = {}
    for name, value in _unpack("optimiser", tensors).items():
        at, moment = name.split(".")
        moments.setdefault(int(at), {})[moment] = value
    state.optimiser.load_state_dict({**state.optimiser.state_dict(), "state": moments})
    if state.average is not None:
        state.average.restore(_unpack("average", tensors), about["averaged"])
    state.best = _unpack("best", tensors) or None
    state.events, state.pieces = about["events"], about["pieces"]


def forget(folder: Path, numbers: Sequence[int]) -> None:
    """Remove the checkpoints of jobs that came to their end."""
    for number in numbers:
        for stale in folder.glob(f"progress-{number}.*"):
            stale.unlink()


def _pack(prefix: str, tensors: dict[str, Any]) -> Tensors:
    return {f"{prefix}.{name}": value.detach().cpu().numpy() for name, value in tensors.items()}


def _unpack(prefix: str, tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    start = f"{prefix}."
    return {name.removeprefix(start): value for name, value in tensors.items() if name.startswith(start)}
