"""Begin and cancel runs."""

from enum import StrEnum

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from labeling.audit.actions import record
from labeling.errors import Conflict
from labeling.projects.models import Project
from labeling.training.models import Run, RunState, Speed
from labeling.training.reads import answers_to, new_answers, new_verified, policy_of, under_way


class Trigger(StrEnum):
    """Who asked for a run."""

    COMMAND = "command"
    SCHEDULE = "schedule"
    OWNER = "owner"
    ANSWERS = "answers"


@transaction.atomic
def start_run(*, actor: User | None, project: Project, trigger: Trigger, speed: Speed = Speed.DEEP) -> Run:
    """Queue a retrain, or note at once why there is none; the caller hands its id to the worker after the commit."""
    Project.objects.select_for_update(no_key=True).get(pk=project.pk)  # numbers are given one after another
    reason = _why_not(project, trigger, speed)
    number = (Run.objects.filter(project=project).aggregate(last=Max("number"))["last"] or 0) + 1
    run = Run.objects.create(
        project=project, number=number, actor=actor, trigger=trigger, reason=reason, speed=speed,
        answers=answers_to(project),
        state=RunState.SKIPPED if reason else RunState.QUEUED, finished_at=timezone.now() if reason else None,
    )  # fmt: skip
    record(
        actor=actor, verb="started run", row=run, project_id=project.pk, number=number, trigger=trigger, speed=speed,
        skip=reason,
    )  # fmt: skip
    return run


def _why_not(project: Project, trigger: Trigger, speed: Speed) -> str:
    running = under_way(project)
    if running is not None and not (speed == Speed.DEEP and running.speed == Speed.WARM):
        return f"A retrain is running (run {running.number})."
    if speed == Speed.WARM:
        return "" if new_answers(project) else "Nothing was answered since the last one."
    if trigger is not Trigger.SCHEDULE:
        return ""
    least, fresh = policy_of(project).min_new_verified, new_verified(project)
    if fresh >= least:
        return ""
    return f"Too little is new: {fresh} verified labels since the last retrain, {least} wanted."


@transaction.atomic
def cancel(*, actor: User | None, run: Run) -> Run:
    """Ask a run to stop: one that waits ends now, one that works within seconds."""
    run = Run.objects.select_for_update(no_key=True).get(pk=run.pk)
    if run.state == RunState.QUEUED:
        run.state, run.finished_at, run.reason = RunState.CANCELLED, timezone.now(), "Cancelled before it began."
    elif run.state != RunState.RUNNING:
        raise Conflict(f"Run {run.number} is over.")
    run.cancel_requested = True
    run.save(update_fields=["state", "finished_at", "reason", "cancel_requested"])
    record(actor=actor, verb="cancelled run", row=run, project_id=run.project_id, number=run.number)
    return run
