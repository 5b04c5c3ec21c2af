"""Networks, trained once without each fold and once on all, checkpointed after every epoch."""

import contextlib
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from ml import parallel
from ml.calibration import likelihood_loss
from ml.head import Array, Doubles, log_prior
from ml.inputs import Inputs
from ml.job import Event, Job, State, finite, forget, fresh_state, resume, save, weights_of
from ml.memory import in_pieces
from ml.models import Network
from ml.networks import build
from ml.part import Fitted, Part, progress_event
from ml.ragged import Ragged
from ml.recipe import Diverged, Recipe, Stop, Stopped
from ml.recipe import Progress as Report
from ml.step import set_rates, take_step, to_floats

PREDICT_BATCH = 256
NOT_IN_KEY = {"device": "", "lr": 0}  # weights go on on another device, and at another rate, from where they are


def fit_net(
    inputs: Inputs, part: Part, recipe: Recipe, out_dir: Path, key: str, report: Report, should_stop: Stop
) -> Fitted:
    """Folds first, then all; goes on from the checkpoints in `out_dir` and removes them at the end."""
    tensors = as_tensor(inputs, recipe.device)
    key = f"{key} {json.dumps(recipe.to_json() | NOT_IN_KEY, sort_keys=True)}"
    out_of_fold = np.full_like(part.targets, np.nan)
    everyone, lengths = np.arange(len(part.rows)), []
    for fold in np.unique(part.folds).tolist():
        job = Job(tensors, part, everyone[part.folds != fold], recipe, fold, out_dir, key)
        if len(job.seen):
            lengths.append(len(_run(job, everyone[part.folds == fold], out_of_fold, report, should_stop).events))
    epochs = _epochs_of_the_last(recipe, lengths)
    last = Job(tensors, part, everyone, recipe, recipe.folds, out_dir, key, epochs)
    state = _run(last, everyone[:0], out_of_fold, report, should_stop)
    state.network.load_state_dict(weights_of(state))
    logits, embeddings = predict_net(state.network, tensors, recipe, should_stop=should_stop)
    if not np.isfinite(logits).all():
        raise Diverged("What the finished network says stopped being numbers; there is no model of it.")
    parallel.wait()
    if parallel.rank() == 0:
        forget(out_dir, range(recipe.folds + 1))
    about = {"architecture": recipe.kind, "dimensions": embeddings.shape[1]}
    weights = {name: value.detach().cpu().numpy() for name, value in state.network.state_dict().items()}
    return Fitted(out_of_fold, logits, embeddings, weights, about)


def as_tensor(inputs: Inputs, device: str = "cpu") -> Tensor | Ragged:
    """All of the inputs on the device; sounds of any lengths stay where they are and go there batch by batch."""
    return inputs if isinstance(inputs, Ragged) else torch.from_numpy(np.ascontiguousarray(inputs)).to(device)


def predict_net(
    network: Network, inputs: Tensor | Ragged, recipe: Recipe, rows: Tensor | None = None,
    should_stop: Stop = lambda: False,
) -> tuple[Doubles, Array]:  # fmt: skip
    """Logits (N, K) and embeddings (N, E) of all inputs or of those rows, in evaluation mode; raises Stopped."""
    network.eval()
    chosen = torch.arange(len(inputs)) if rows is None else rows

    def embedded(start: int, end: int) -> Tensor:
        if should_stop():
            raise Stopped
        return network.embed(to_floats(inputs[chosen[start:end]], recipe)).float()

    with torch.inference_mode():
        size = inputs.at_once(PREDICT_BATCH) if isinstance(inputs, Ragged) else PREDICT_BATCH
        embeddings = torch.cat(list(in_pieces(len(chosen), size, embedded)))
        logits = network.last(embeddings)
    return logits.double().cpu().numpy(), embeddings.cpu().numpy()


def first_losses(
    inputs: Tensor, targets: Doubles, recipe: Recipe, prior: Doubles, steps: int
) -> list[float]:
    """Losses of the first steps on one batch, as a training would take them, chance and all; for the preflight."""
    rows = np.arange(len(inputs))
    part = Part(rows, targets, np.ones(len(rows)), np.zeros(len(rows), np.intp))
    job = Job(inputs, part, rows, recipe, 0, Path(), "")
    state = fresh_state(build(recipe, prior).train(), recipe)
    random = _chance(recipe.seed, 0)
    with _seeded(recipe):
        return [take_step(job, state, rows, random).item() for _ in range(steps)]


def _run(job: Job, judged: npt.NDArray[np.intp], out_of_fold: Doubles, report: Report, should_stop: Stop) -> State:
    """Train one network to its end, writing its predictions of the judged rows into `out_of_fold` epoch by epoch."""
    recipe, part = job.recipe, job.part
    network = build(recipe, log_prior(part.targets[job.seen], part.weights[job.seen]))
    state = fresh_state(network, recipe)
    resume(job, state)
    if recipe.compile:
        state.compiled = torch.compile(network, backend=recipe.compile)
    for event in state.events:
        report(event)
    judge = build(recipe, np.zeros(part.targets.shape[1])) if len(judged) else None
    while len(state.events) < job.last_epoch and not _over(state, recipe):
        loss = _epoch(job, state, len(state.events), should_stop)
        if judge is not None:
            judge.load_state_dict(state.average.state if state.average is not None else network.state_dict())
            _see_judged(job, state, judge, judged, out_of_fold)
        if parallel.anyone(not finite(state) or not np.isfinite(out_of_fold[judged]).all(), recipe.device):
            raise _diverged(job, state)
        state.events.append(_event(job, state, loss, judged, out_of_fold))
        if judge is not None and recipe.patience and _newest_is_best(state):
            state.best = {name: value.clone() for name, value in judge.state_dict().items()}
        if parallel.rank() == 0:
            save(job, state)
        parallel.wait()
        report(state.events[-1])
    if judge is not None:
        judge.load_state_dict(weights_of(state))
        _see_judged(job, state, judge, judged, out_of_fold)
    return state


def _epoch(job: Job, state: State, epoch: int, should_stop: Stop) -> float:
    """One pass; the mean loss. All chance comes from (seed, job, epoch), so that a resumed pass is the same."""
    recipe = job.recipe
    order = _order(job, _chance(recipe.seed, job.number, epoch))
    batches = [order[at : at + recipe.batch] for at in range(0, len(order), recipe.batch)]
    batches = [batch for batch in batches if len(batch) > 1 or len(batches) == 1]  # one alone has no batch statistics
    random = _chance(recipe.seed, job.number, epoch, 1 + parallel.rank())
    state.network.train()
    mean = 0.0
    with _seeded(replace(recipe, seed=recipe.seed + 1000 * epoch + parallel.rank())):
        for at, batch in enumerate(batches):
            if parallel.anyone(should_stop(), recipe.device):
                raise Stopped
            set_rates(state, recipe, (epoch + at / len(batches)) / recipe.epochs)
            loss = take_step(job, state, job.seen[parallel.share(batch)], random)
            if not torch.isfinite(loss):
                raise _diverged(job, state)
            mean += loss.item() / len(batches)
    parallel.same_everywhere(state.network.buffers())
    if state.average is not None:
        parallel.same_everywhere(state.average.state.values())
    return mean


def _diverged(job: Job, state: State) -> Diverged:
    """What happened, where, and what there is to go on from."""
    good, final = len(state.events), job.number == job.recipe.folds
    part = "the final training" if final else f"fold {job.number + 1} of {job.recipe.folds}"
    kept = f"its state after epoch {good} is kept" if good else "nothing of it is worth keeping"
    return Diverged(f"The loss or the weights stopped being numbers in epoch {good + 1} of {part}; {kept}.")


def _order(job: Job, random: torch.Generator) -> npt.NDArray[np.intp]:
    """Every row once, or, with `sampling`, as many rows drawn so that rare classes come more often."""
    if not job.recipe.sampling:
        return torch.randperm(len(job.seen), generator=random).numpy()
    targets, weights = job.part.targets[job.seen], job.part.weights[job.seen]
    totals = np.maximum(weights @ targets, 1e-12)
    odds = torch.from_numpy(targets @ totals**-job.recipe.sampling)
    return torch.multinomial(odds, len(job.seen), replacement=True, generator=random).numpy()


def _see_judged(
    job: Job, state: State, judge: Network, judged: npt.NDArray[np.intp], out_of_fold: Doubles
) -> None:
    rows = torch.from_numpy(job.part.rows[judged])
    out_of_fold[judged] = predict_net(judge, job.inputs, job.recipe, rows)[0]


def _newest_is_best(state: State) -> bool:
    newest: float = state.events[-1]["validation_loss"]
    return all(newest < event["validation_loss"] for event in state.events[:-1])


def _over(state: State, recipe: Recipe) -> bool:
    """Whether `patience` epochs have gone by without a better validation loss."""
    values = [event["validation_loss"] for event in state.events if "validation_loss" in event]
    return bool(recipe.patience and values and len(values) - 1 - int(np.argmin(values)) >= recipe.patience)


def _epochs_of_the_last(recipe: Recipe, lengths: list[int]) -> int:
    """The final network has no validation: it learns as long as the folds did until their best, on average."""
    if not recipe.patience or not lengths:
        return 0
    best = [length if length == recipe.epochs else length - recipe.patience for length in lengths]
    return max(1, round(float(np.mean(best))))


def _event(job: Job, state: State, loss: float, judged: npt.NDArray[np.intp], out_of_fold: Doubles) -> Event:
    part, final = job.part, job.number == job.recipe.folds
    values: dict[str, Any] = {"phase": "final" if final else "fold", "fold": job.number, "folds": job.recipe.folds}
    values |= {"epoch": len(state.events), "epochs": job.last_epoch, "loss": loss}
    values["lr"] = state.optimiser.param_groups[0]["lr"]
    if state.pieces > 1:
        values["batch_cut_into"] = state.pieces
    if len(judged):
        values["validation_loss"] = likelihood_loss(out_of_fold[judged], part.targets[judged], part.weights[judged])
    return progress_event(part, out_of_fold, **values)


def _chance(*numbers: int) -> torch.Generator:
    """A generator of its own for each tuple of numbers."""
    return torch.Generator().manual_seed(int(np.random.SeedSequence(list(numbers)).generate_state(1)[0]))


@contextlib.contextmanager
def _seeded(recipe: Recipe) -> Iterator[None]:
    """Dropout draws from torch's global chance: seeded inside, and left afterwards as it was."""
    devices = [torch.device(recipe.device)] if recipe.device.startswith("cuda") else []
    with torch.random.fork_rng(devices=devices):
        torch.manual_seed(recipe.seed)
        yield
