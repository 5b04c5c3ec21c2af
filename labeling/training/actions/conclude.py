"""From a trained model to a judged one: promoted with all its suggestions, or rejected with the reason."""

from dataclasses import replace
from typing import Any

import numpy as np
from django.db import transaction
from django.db.models import F, Value
from django.db.models.functions import Concat
from django.utils import timezone

from labeling.audit.actions import record
from labeling.consensus.reads import verified
from labeling.datasets.models import Snapshot
from labeling.items.models import Item, ItemState
from labeling.projects.models import Label, LabelRole
from labeling.registry.actions import promote, register, reject
from labeling.registry.models import ModelVersion
from labeling.suggestions.actions import write
from labeling.training.actions.clear import artefact_of
from labeling.training.actions.fill import fill, forget
from labeling.training.actions.judge import Judgement, judge
from labeling.training.actions.opinions import keep, kept
from labeling.training.actions.priors import expect, priors_for
from labeling.training.actions.pulse import Halted, Pulse
from labeling.training.actions.why import explain_mistakes
from labeling.training.models import Run, RunState, Speed
from labeling.training.reads import policy_of
from ml.finished import forget_finished
from ml.snapshot import Snapshot as Frozen
from ml.train import CannotTrain, Trained


def conclude(run: Run, pulse: Pulse, snapshot: Snapshot, frozen: Frozen, trained: Trained) -> None:
    """Judge, then make the model known."""
    label_ids: list[int] = snapshot.counts["label_ids"]
    for note in trained.notes if run.speed == Speed.DEEP else ():  # a refit leaves out what is not stored yet
        pulse.say(note)
    trained = _as_it_stands_now(run, pulse, frozen, trained, label_ids)
    policy = policy_of(run.project)
    priors = priors_for(policy, label_ids)
    pulse.say("Judging on the held-out items.", stage="Judging")
    keep(trained.folder, frozen, expect(trained, priors))
    fill(project=run.project)  # the promoted model is asked about the same items
    judgement = judge(
        project=run.project, frozen=frozen, trained=trained, label_ids=label_ids, policy=policy, speed=run.speed,
        on_file=pulse.check,
    )
    metrics = {**judgement.metrics, **({"priors": priors, "learnt": trained.prior.tolist()} if priors else {})}
    pulse.say(judgement.reason, metrics=metrics, report=judgement.report)
    version = _candidate(run, pulse, trained, label_ids, metrics)
    if judgement.passed:
        pulse.say("Writing suggestions.", stage="Suggesting")
        written = write(version=version, rows=kept(trained.folder))
        pulse.say(f"{written} suggestions.", stage="Promoting")
    _finish(run, version, judgement)
    forget_finished(trained.folder)
    forget(project=run.project)
    if run.speed == Speed.DEEP:
        _look_where_it_looked(run, version, judgement)


def _as_it_stands_now(run: Run, pulse: Pulse, frozen: Frozen, trained: Trained, label_ids: list[int]) -> Trained:
    """What went away while it trained is left out; other classes than those learnt are a reason to stop."""
    classes = Label.objects.filter(project=run.project, role=LabelRole.CLASS, retired_at=None)
    if set(classes.values_list("pk", flat=True)) != set(label_ids):
        raise CannotTrain("The classes were changed while it trained; a new run learns them as they are now.")
    there = set(Item.objects.filter(project=run.project, state=ItemState.READY).values_list("pk", flat=True))
    gone = np.array([int(row.id) not in there for row in frozen.rows])
    if gone.any():
        pulse.say(f"{int(gone.sum())} items were removed since the snapshot; they are left out.")
    changed = verified(run.project).filter(verified_at__gt=run.started_at or timezone.now()).count()
    if changed:
        pulse.say(f"{changed} labels were verified while it trained; the next run learns them.")
    probabilities = trained.probabilities.copy()
    probabilities[gone] = np.nan
    return replace(trained, probabilities=probabilities)


@transaction.atomic
def _candidate(run: Run, pulse: Pulse, trained: Trained, label_ids: list[int], metrics: dict[str, Any]) -> ModelVersion:
    version = register(
        actor=run.actor, project=run.project, recipe=trained.recipe.to_json(), artefact=artefact_of(run),
        label_ids=label_ids, metrics=metrics,
    )  # fmt: skip
    pulse.note(model_version=version)
    return version


def _look_where_it_looked(run: Run, version: ModelVersion, judgement: Judgement) -> None:
    """Pictures of the mistakes, once the run is over: a fault here is a line of its log and costs nothing else."""
    mistakes = judgement.report["mistakes"]
    try:
        line = f"Where the model looked: {explain_mistakes(run, version, mistakes)} of {len(mistakes)} mistakes."
    except Exception as error:
        line = f"Where the model looked could not be shown: {type(error).__name__}: {error}"
    stamped = f"{timezone.now():%H:%M:%S} {line}\n"
    Run.objects.filter(pk=run.pk).update(log=Concat(F("log"), Value(stamped)))


@transaction.atomic
def _finish(run: Run, version: ModelVersion, judgement: Judgement) -> None:
    """Promote or reject and close the run at one stroke, unless the run was taken from us meanwhile."""
    fields: dict[str, Any] = {"state": RunState.DONE, "stage": "", "finished_at": timezone.now()}
    mine = Run.objects.filter(pk=run.pk, state=RunState.RUNNING, cancel_requested=False).update(
        promoted=judgement.passed, reason=judgement.reason[:500], **fields
    )
    if not mine:
        raise Halted
    if judgement.passed:
        promote(actor=run.actor, version=version)
    else:
        reject(actor=run.actor, version=version, reason=judgement.reason)
    record(actor=run.actor, verb="finished run", row=run, project_id=run.project_id, promoted=judgement.passed)
