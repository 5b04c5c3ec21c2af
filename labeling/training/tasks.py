"""Retrains in the worker: on request, on schedule, and the tending of runs. Each is safe to run twice."""

import logging
from datetime import timedelta
from functools import partial

from celery import shared_task
from django.db.models import Q
from django.utils import timezone
from kombu.exceptions import OperationalError

from labeling.counts import seldom
from labeling.items.models import Item
from labeling.projects.models import Project
from labeling.training.actions import Trigger, start_run, sweep
from labeling.training.models import Run, RunState, Speed
from labeling.training.reads import is_warm_ripe

SEND_AGAIN_AFTER = timedelta(seconds=30)
log = logging.getLogger(__name__)


@shared_task(ignore_result=True)
def retrain(run_id: int) -> None:
    """Do one queued run."""
    from labeling.training.actions.execute import execute  # noqa: PLC0415 - torch takes seconds; only workers need it

    execute(run_id=run_id)


def hand_over(run: Run) -> None:
    """Give a waiting run to the worker; where the broker is away, `tend_runs` does it once it is back."""
    if run.state != RunState.QUEUED:
        return
    try:
        retrain.apply_async((run.pk,), retry=False)
    except OperationalError as error:
        log.warning("Run %s waits: the broker does not answer (%s).", run.pk, error)


@shared_task(ignore_result=True)
def explain(run_id: int, item_id: int) -> bool:
    """Mark where a run's model looks in one item."""
    from labeling.training.actions.why import explain_item  # noqa: PLC0415 - as above

    return explain_item(run_id=run_id, item_id=item_id)


def ask_why(run: Run, item: Item) -> None:
    """Have the worker explain one item; a page that waits for it asks again."""
    try:
        explain.apply_async((run.pk, item.pk), retry=False)
    except OperationalError as error:
        log.warning("Item %s is not explained: the broker does not answer (%s).", item.pk, error)


@shared_task(ignore_result=True)
def retrain_on_schedule(project_id: int) -> None:
    """Start the run that the owner's schedule asks for, or note why not."""
    project = Project.objects.filter(pk=project_id, archived_at=None).first()
    if project is not None:
        hand_over(start_run(actor=None, project=project, trigger=Trigger.SCHEDULE))


@shared_task(ignore_result=True)
def refit_ripe_heads() -> int:
    """Ask the worker for a refit of each head since whose last run enough was answered; returns how many."""
    ripe = [project for project in Project.objects.filter(archived_at=None, model_helps=True) if is_warm_ripe(project)]
    for project in ripe:
        hand_over(start_run(actor=None, project=project, trigger=Trigger.ANSWERS, speed=Speed.WARM))
    return len(ripe)


@shared_task(ignore_result=True)
def tend_runs() -> None:
    """Fail runs whose process died, and hand over again those that nobody took."""
    sweep()
    now = timezone.now()
    unsent = Q(heartbeat_at=None, created_at__lt=now - SEND_AGAIN_AFTER) | Q(heartbeat_at__lt=now - SEND_AGAIN_AFTER)
    for run in Run.objects.filter(unsent, state=RunState.QUEUED):
        # The heartbeat of a waiting run is when its message was last sent.
        if Run.objects.filter(unsent, pk=run.pk, state=RunState.QUEUED).update(heartbeat_at=now):
            hand_over(run)


@shared_task(ignore_result=True)
def suggest_for_new_items() -> int:
    """Write what the promoted models say of items that came after them; returns how many."""
    from labeling.training.actions.fill import fill  # noqa: PLC0415 - as above

    projects = Project.objects.filter(archived_at=None)
    return sum(seldom(f"fill:{project.pk}", partial(fill, project=project)) for project in projects)
