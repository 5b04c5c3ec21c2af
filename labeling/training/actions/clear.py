"""End runs that went wrong, and leave nothing of them but their row and log."""

from datetime import timedelta

from django.db import transaction
from django.db.models import F, Q, Value
from django.db.models.functions import Concat
from django.utils import timezone

from labeling.audit.actions import record
from labeling.registry import artefacts
from labeling.registry.actions import discard
from labeling.registry.models import ModelState
from labeling.training.models import Run, RunState

STALE = timedelta(seconds=20)  # twenty beats missed


def artefact_of(run: Run) -> str:
    """The name of the artefact that a run makes."""
    return f"{run.project_id}/run-{run.number}"


@transaction.atomic
def end(*, run: Run, state: RunState, reason: str) -> bool:
    """End a running run that made no model, and drop its candidate; False where somebody else ended it already."""
    line = f"{timezone.now():%H:%M:%S} {RunState(state).label}: {reason}\n"
    mine = Run.objects.filter(pk=run.pk, state=RunState.RUNNING).update(
        state=state, reason=reason[:500], finished_at=timezone.now(), log=Concat(F("log"), Value(line)), stage=""
    )
    if not mine:
        return False
    run.refresh_from_db()
    record(actor=run.actor, verb=f"run {state}", row=run, project_id=run.project_id, number=run.number, reason=reason)
    version = run.model_version
    if version is not None and version.state == ModelState.CANDIDATE:
        Run.objects.filter(pk=run.pk).update(model_version=None)
        discard(actor=None, version=version)
    # Files go last, once the rows are sure to go; a crash in between leaves a folder that nothing points at.
    transaction.on_commit(lambda: artefacts.remove(artefact_of(run)))
    return True


def sweep() -> list[Run]:
    """Fail runs whose process is gone; returns them."""
    silent = Q(heartbeat_at__lt=timezone.now() - STALE) | Q(heartbeat_at=None)
    dead = list(Run.objects.filter(silent, state=RunState.RUNNING))
    reason = "The process that ran it is gone (killed, or the machine stopped). Nothing of it was kept."
    return [run for run in dead if end(run=run, state=RunState.FAILED, reason=reason)]
