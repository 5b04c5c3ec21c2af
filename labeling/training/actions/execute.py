"""One retrain from the answers to a judged model; what is seen of it appears only once all of it is there."""

import time
from dataclasses import replace
from pathlib import Path

import torch
from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone

from labeling.consensus.actions import refit
from labeling.datasets import folders
from labeling.datasets.actions import freeze
from labeling.datasets.models import Snapshot
from labeling.errors import LabelingError
from labeling.registry import artefacts
from labeling.training.actions.checks import check
from labeling.training.actions.clear import artefact_of, end
from labeling.training.actions.conclude import conclude
from labeling.training.actions.curve import Curve
from labeling.training.actions.features import with_features
from labeling.training.actions.going_on import go_on, mark_diverged
from labeling.training.actions.priors import priors_for
from labeling.training.actions.pulse import Halted, Pulse, beating
from labeling.training.actions.recipe import recipe_for
from labeling.training.actions.search import as_found, searched
from labeling.training.code import code_version
from labeling.training.models import Run, RunState, Speed
from labeling.training.reads import last_done, policy_of
from ml.finished import finished, keep_finished
from ml.snapshot import Snapshot as Frozen
from ml.train import CannotTrain, Diverged, Recipe, Stopped, Trained, train

WAIT_FOR_REFIT = 30.0  # seconds that a retrain waits for a refit, which was asked to stop, to be out of its way
LOOK_SECONDS = 0.2


class NothingNew(Exception):
    """The labels are those that the last model was made of."""


def execute(*, run_id: int) -> Run:
    """Do a queued run in this process. Called again for a run that is under way or over, it does nothing."""
    run = Run.objects.select_related("project", "actor", "snapshot").get(pk=run_id)
    if not _take(run):
        return Run.objects.get(pk=run_id)
    with beating(run) as pulse:
        try:
            _go(run, pulse)
        except (Halted, Stopped):
            end(run=run, state=RunState.CANCELLED, reason="Stopped on request.")
        except NothingNew as error:
            end(run=run, state=RunState.SKIPPED, reason=str(error))
        except Diverged as error:
            end(run=run, state=RunState.FAILED, reason=error.reason + mark_diverged(run), keep_files=True)
        except (CannotTrain, LabelingError) as error:
            # A refit comes by itself every few dozen answers: too little to learn from is no failure then.
            end(run=run, state=RunState.SKIPPED if run.speed == Speed.WARM else RunState.FAILED, reason=error.reason)
        except MemoryError:
            end(run=run, state=RunState.FAILED, reason="The machine's memory is not enough for this recipe.")
        except Exception as error:
            lost = _lost(error) if isinstance(error, RuntimeError) else ""
            reason = lost or f"A fault of the program: {type(error).__name__}: {error}"
            end(run=run, state=RunState.FAILED, reason=reason, keep_files=bool(lost))
            if not lost:
                raise
    return Run.objects.get(pk=run_id)


def _take(run: Run) -> bool:
    """Make a waiting run ours; the database allows one running run a project, and a refit makes way for a retrain."""
    waiting, deadline = Run.objects.filter(pk=run.pk, state=RunState.QUEUED), time.monotonic() + WAIT_FOR_REFIT
    while True:
        now = timezone.now()
        try:
            with transaction.atomic():
                taken = waiting.update(
                    state=RunState.RUNNING, started_at=now, heartbeat_at=now, attempts=F("attempts") + 1
                )
            run.refresh_from_db()
            return bool(taken)
        except IntegrityError:
            if not _make_way(run) or time.monotonic() > deadline:
                waiting.update(state=RunState.SKIPPED, finished_at=now, reason="A retrain is running.")
                return False
            time.sleep(LOOK_SECONDS)


def _make_way(run: Run) -> bool:
    """Ask a refit that stands in a retrain's way to stop; whether there is hope."""
    if run.speed == Speed.WARM:
        return False
    refits = Run.objects.filter(project=run.project_id, state=RunState.RUNNING, speed=Speed.WARM)
    refits.update(cancel_requested=True)
    retrains = Run.objects.filter(project=run.project_id, state=RunState.RUNNING, speed=Speed.DEEP)
    return not retrains.exists()


def _go(run: Run, pulse: Pulse) -> None:
    snapshot = _snapshot(run, pulse)
    frozen, recipe = _look_at(run, pulse, snapshot)
    place = artefacts.folder(artefact_of(run))
    recipe = searched(run, pulse, frozen, recipe, place)
    if run.speed == Speed.DEEP:
        recipe = go_on(run, pulse, snapshot, recipe, place)
    conclude(run, pulse, snapshot, frozen, _trained(run, pulse, frozen, recipe, place))


def _trained(run: Run, pulse: Pulse, frozen: Frozen, recipe: Recipe, place: Path) -> Trained:
    """The model, or what a process that was killed after its training left of it."""
    if (kept := finished(place, frozen, recipe)) is not None:
        pulse.say("The model was trained already; it goes on to be judged.")
        return kept
    pulse.say(f"Training: {recipe.kind}, {recipe.folds} folds, on {recipe.device}.", stage="Training")
    curve = Curve(pulse)
    try:
        trained = train(frozen, recipe, place, on_progress=curve.add, should_stop=pulse.stopping)
    finally:  # of a run that fails, the last points say most
        curve.flush()
    if run.speed == Speed.DEEP:  # a refit takes seconds
        keep_finished(frozen, trained)
    return trained


def _snapshot(run: Run, pulse: Pulse) -> Snapshot:
    """The labels as they stand; those of before where a killed run goes on, whatever was answered since."""
    if run.snapshot is not None:
        pulse.say(f"Going on with snapshot {run.snapshot.number}.")
        return run.snapshot
    if run.speed == Speed.DEEP:
        pulse.say("Weighing all answers anew.", stage="Weighing answers")
        refit(project=run.project)
    pulse.say("Freezing the labels.", stage="Freezing labels")
    return freeze(actor=run.actor, project=run.project)


def _look_at(run: Run, pulse: Pulse, snapshot: Snapshot) -> tuple[Frozen, Recipe]:
    """The frozen rows and how to learn from them, once the preflight has found nothing against it."""
    frozen = folders.read(snapshot)
    recipe = recipe_for(frozen.kind, run.speed, policy_of(run.project), frozen.feature_version)
    if run.speed == Speed.WARM:
        recipe = as_found(run.project, recipe)
    if run.recipe:  # a killed run goes on as it began
        recipe = replace(Recipe.from_json(run.recipe), device=recipe.device)
    sizes = {split: len(frozen.indices(split)) for split in ("train", "heldout", "open")}
    pulse.say(
        f"Snapshot {snapshot.number} ({snapshot.content_hash[:12]}): {sizes['train']} to learn from, "
        f"{sizes['heldout']} held out, {sizes['open']} open.",
        snapshot=snapshot, recipe=recipe.to_json(), code=code_version(),
    )  # fmt: skip
    _insist_on_news(run, snapshot, recipe)
    frozen = with_features(run, pulse, frozen)
    check(run, pulse, frozen, recipe)
    return frozen, recipe


def _insist_on_news(run: Run, snapshot: Snapshot, recipe: Recipe) -> None:
    done = last_done(run.project)
    if done is None or done.snapshot_id != snapshot.pk or done.recipe != recipe.to_json():
        return
    if done.metrics.get("priors") == priors_for(policy_of(run.project), snapshot.counts["label_ids"]):
        raise NothingNew(f"Nothing has changed since run {done.number}.")


def _lost(error: RuntimeError) -> str:
    """In the owner's words, what became of the device; empty where it is something else."""
    if isinstance(error, torch.OutOfMemoryError):
        return "The memory of the graphics card is not enough for this recipe; a smaller batch or width may be."
    if isinstance(error, torch.AcceleratorError) or "CUDA" in str(error):
        return f"The graphics card went away while it trained: {str(error).splitlines()[0]}"
    return ""
