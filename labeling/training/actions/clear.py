"""End runs that went wrong; nothing of them is left but their row and log, and what a next try can go on from."""

from datetime import timedelta

from django.db import transaction
from django.db.models import F, Q, Value
from django.db.models.functions import Concat
from django.utils import timezone

from labeling.audit.actions import record
from labeling.registry import artefacts
from labeling.registry.actions import discard
from labeling.registry.models import ModelState
from labeling.training.models import Run, RunState, Speed

STALE = timedelta(seconds=20)  # twenty beats missed
MOST_ATTEMPTS = 3  # processes that may die of one retrain: what kills three of them kills the fourth


def artefact_of(run: Run) -> str:
    """The name of the artefact that a run makes."""
    return f"{run.project_id}/run-{run.number}"


@transaction.atomic
def end(*, run: Run, state: RunState, reason: str, keep_files: bool = False) -> bool:
    """End a running run that made no model, and drop its candidate; False where somebody else ended it already."""
    line = f"{timezone.now():%H:%M:%S} {RunState(state).label}: {reason}\n"
    mine = Run.objects.filter(pk=run.pk, state=RunState.RUNNING).update(
        state=state, reason=reason[:500], finished_at=timezone.now(), log=Concat(F("log"), Value(line)), stage=""
    )
    if not mine:
        return False
    record(actor=run.actor, verb=f"run {state}", row=run, project_id=run.project_id, number=run.number, reason=reason)
    drop_candidate(run)
    # Files go last, once the rows are sure to go; a crash in between leaves a folder that nothing points at.
    if not keep_files:
        transaction.on_commit(lambda: artefacts.remove(artefact_of(run)))
    return True


def drop_candidate(run: Run) -> None:
    """Remove the model of a run that did not come to its end; the caller holds a transaction."""
    run.refresh_from_db()
    version = run.model_version
    if version is not None and version.state == ModelState.CANDIDATE:
        Run.objects.filter(pk=run.pk).update(model_version=None)
        discard(actor=None, version=version)


def sweep() -> list[Run]:
    """Let retrains whose process is gone wait for another one, a few times; end the others. Returns all of them."""
    silent = Q(heartbeat_at__lt=timezone.now() - STALE) | Q(heartbeat_at=None)
    dead = list(Run.objects.filter(silent, state=RunState.RUNNING))
    return [run for run in dead if _again(run) or _over(run)]


@transaction.atomic
def _again(run: Run) -> bool:
    """Back to the queue, its snapshot and checkpoints kept."""
    if run.speed != Speed.DEEP or run.cancel_requested or run.attempts >= MOST_ATTEMPTS:
        return False
    line = f"{timezone.now():%H:%M:%S} The process that ran it is gone; another one goes on from where it was.\n"
    mine = Run.objects.filter(pk=run.pk, state=RunState.RUNNING, attempts=run.attempts).update(
        state=RunState.QUEUED, heartbeat_at=None, stage="Waiting to go on", log=Concat(F("log"), Value(line))
    )
    if not mine:
        return False
    record(actor=None, verb="run queued again", row=run, project_id=run.project_id, number=run.number)
    drop_candidate(run)
    return True


def _over(run: Run) -> bool:
    if run.cancel_requested:
        return end(run=run, state=RunState.CANCELLED, reason="Stopped on request; its process was gone already.")
    reason = "The process that ran it is gone (killed, or the machine stopped). Nothing of it was kept."
    if run.attempts >= MOST_ATTEMPTS:
        reason = f"{MOST_ATTEMPTS} processes died of it (killed, or out of memory). Labels and models are as before."
    return end(run=run, state=RunState.FAILED, reason=reason)
