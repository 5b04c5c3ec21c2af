"""One retrain from the answers to a judged model; what is seen of it appears only once all of it is there."""

from typing import Any

import numpy as np
from django.db import IntegrityError, transaction
from django.utils import timezone

from labeling.audit.actions import record
from labeling.consensus.actions import refit
from labeling.datasets import folders
from labeling.datasets.actions import freeze
from labeling.datasets.models import Snapshot
from labeling.embeddings.actions import ensure
from labeling.embeddings.reads import vectors
from labeling.errors import LabelingError
from labeling.registry import artefacts
from labeling.registry.actions import promote, register, reject
from labeling.registry.models import ModelVersion
from labeling.suggestions.actions import write
from labeling.training.actions.clear import artefact_of, end
from labeling.training.actions.curve import Curve
from labeling.training.actions.fill import fill, forget
from labeling.training.actions.judge import Judgement, judge
from labeling.training.actions.opinions import keep, kept
from labeling.training.actions.pulse import Halted, Pulse, beating
from labeling.training.actions.recipe import recipe_for
from labeling.training.models import Run, RunState
from labeling.training.reads import last_done, policy_of
from ml.snapshot import Snapshot as Frozen
from ml.train import CannotTrain, Stopped, Trained, train


class NothingNew(Exception):
    """The labels are those that the last model was made of."""


def execute(*, run_id: int) -> Run:
    """Do a queued run in this process. Called again for a run that is under way or over, it does nothing."""
    run = Run.objects.select_related("project", "actor").get(pk=run_id)
    if not _take(run):
        return Run.objects.get(pk=run_id)
    with beating(run) as pulse:
        try:
            _go(run, pulse)
        except (Halted, Stopped):
            end(run=run, state=RunState.CANCELLED, reason="Stopped on request.")
        except NothingNew as error:
            end(run=run, state=RunState.SKIPPED, reason=str(error))
        except (CannotTrain, LabelingError) as error:
            end(run=run, state=RunState.FAILED, reason=error.reason)
        except Exception as error:
            end(run=run, state=RunState.FAILED, reason=f"A fault of the program: {type(error).__name__}: {error}")
            raise
    return Run.objects.get(pk=run_id)


def _take(run: Run) -> bool:
    """Make a waiting run ours; the database allows one running run a project."""
    waiting, now = Run.objects.filter(pk=run.pk, state=RunState.QUEUED), timezone.now()
    try:
        with transaction.atomic():
            return bool(waiting.update(state=RunState.RUNNING, started_at=now, heartbeat_at=now))
    except IntegrityError:
        waiting.update(state=RunState.SKIPPED, finished_at=now, reason="A retrain is running.")
        return False


def _go(run: Run, pulse: Pulse) -> None:
    pulse.say("Weighing all answers anew.", stage="Weighing answers")
    refit(project=run.project)
    pulse.say("Freezing the labels.", stage="Freezing labels")
    snapshot = freeze(actor=run.actor, project=run.project)
    frozen = _look_at(run, pulse, snapshot)
    recipe = recipe_for(frozen.kind)
    if recipe.kind == "head":
        frozen = _with_features(run, pulse, frozen)
    pulse.say(f"Training: {recipe.kind}, {recipe.folds} folds, on {recipe.device}.", stage="Training")
    curve = Curve(pulse)
    place = artefacts.folder(artefact_of(run))
    trained = train(frozen, recipe, place, on_progress=curve.add, should_stop=pulse.stopping)
    curve.flush()
    _conclude(run, pulse, snapshot, frozen, trained)


def _look_at(run: Run, pulse: Pulse, snapshot: Snapshot) -> Frozen:
    """The frozen rows, once it is sure that there is something to learn and something to judge by."""
    frozen = folders.read(snapshot)
    sizes = {split: len(frozen.indices(split)) for split in ("train", "heldout", "open")}
    pulse.say(
        f"Snapshot {snapshot.number} ({snapshot.content_hash[:12]}): {sizes['train']} to learn from, "
        f"{sizes['heldout']} held out, {sizes['open']} open.",
        snapshot=snapshot, recipe=recipe_for(frozen.kind).to_json(),
    )  # fmt: skip
    done = last_done(run.project)
    if done is not None and done.snapshot_id == snapshot.pk and done.recipe == recipe_for(frozen.kind).to_json():
        raise NothingNew(f"Nothing has changed since run {done.number}.")
    if not sizes["train"]:
        raise CannotTrain("No label is verified yet; there is nothing to learn from.")
    if not sizes["heldout"]:
        raise CannotTrain("No held-out item has its blind answers yet; there is nothing to judge by.")
    return frozen


def _with_features(run: Run, pulse: Pulse, frozen: Frozen) -> Frozen:
    """The snapshot with its features in memory; a row of NaN where a file cannot be read."""
    pulse.say("Computing features that are not stored yet.", stage="Features")

    def progress(done: int, total: int) -> None:
        pulse.note(stage=f"Features: {done} of {total}")

    made = ensure(project=run.project, on_progress=progress)
    hashes = [row.sha256 for row in frozen.rows]
    present, found = vectors(hashes, frozen.feature_version)
    where = {sha256: place for place, sha256 in enumerate(present)}
    table = np.full((len(hashes), found.shape[1]), np.nan, np.float32)
    known = [row for row, sha256 in enumerate(hashes) if sha256 in where]
    table[known] = found[[where[hashes[row]] for row in known]]
    pulse.say(f"{made} computed, {len(known) - made if made < len(known) else 0} read.")
    return Frozen(**{**vars(frozen), "features": table})


def _conclude(run: Run, pulse: Pulse, snapshot: Snapshot, frozen: Frozen, trained: Trained) -> None:
    """Judge, then make the model known: as promoted with all its suggestions, or as rejected with the reason."""
    for note in trained.notes:
        pulse.say(note)
    pulse.say("Judging on the held-out items.", stage="Judging")
    keep(trained.folder, frozen, trained)
    fill(project=run.project)  # the promoted model is asked about the same items
    label_ids: list[int] = snapshot.counts["label_ids"]
    judgement = judge(
        project=run.project, frozen=frozen, trained=trained, label_ids=label_ids, margin=policy_of(run.project).margin
    )
    pulse.say(judgement.reason, metrics=judgement.metrics)
    version = _candidate(run, pulse, trained, label_ids, judgement)
    if judgement.passed:
        pulse.say("Writing suggestions.", stage="Suggesting")
        written = write(version=version, rows=kept(trained.folder))
        pulse.say(f"{written} suggestions.", stage="Promoting")
    _finish(run, version, judgement)
    forget(project=run.project)


@transaction.atomic
def _candidate(
    run: Run, pulse: Pulse, trained: Trained, label_ids: list[int], judgement: Judgement
) -> ModelVersion:
    version = register(
        actor=run.actor, project=run.project, recipe=trained.recipe.to_json(), artefact=artefact_of(run),
        label_ids=label_ids, metrics=judgement.metrics,
    )  # fmt: skip
    pulse.note(model_version=version)
    return version


@transaction.atomic
def _finish(run: Run, version: ModelVersion, judgement: Judgement) -> None:
    """Promote or reject and close the run at one stroke, unless the run was taken from us meanwhile."""
    fields: dict[str, Any] = {"state": RunState.DONE, "stage": "", "finished_at": timezone.now()}
    mine = Run.objects.filter(pk=run.pk, state=RunState.RUNNING, cancel_requested=False).update(
        promoted=judgement.passed, reason=judgement.reason, **fields
    )
    if not mine:
        raise Halted
    if judgement.passed:
        promote(actor=run.actor, version=version)
    else:
        reject(actor=run.actor, version=version, reason=judgement.reason)
    record(actor=run.actor, verb="finished run", row=run, project_id=run.project_id, promoted=judgement.passed)


