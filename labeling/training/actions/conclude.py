"""From a trained model to a judged one: promoted with all its suggestions, or rejected with the reason."""

from typing import Any

from django.db import transaction
from django.utils import timezone

from labeling.audit.actions import record
from labeling.datasets.models import Snapshot
from labeling.registry.actions import promote, register, reject
from labeling.registry.models import ModelVersion
from labeling.suggestions.actions import write
from labeling.training.actions.clear import artefact_of
from labeling.training.actions.fill import fill, forget
from labeling.training.actions.judge import Judgement, judge
from labeling.training.actions.opinions import keep, kept
from labeling.training.actions.pulse import Halted, Pulse
from labeling.training.models import Run, RunState, Speed
from labeling.training.reads import policy_of
from ml.snapshot import Snapshot as Frozen
from ml.train import Trained


def conclude(run: Run, pulse: Pulse, snapshot: Snapshot, frozen: Frozen, trained: Trained) -> None:
    """Judge, then make the model known."""
    for note in trained.notes if run.speed == Speed.DEEP else ():  # a refit leaves out what is not stored yet
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
