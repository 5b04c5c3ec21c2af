"""A caller asks; a caller hangs up."""

import random
from datetime import timedelta
from typing import Any

from django.contrib.auth.models import User
from django.db import connection, transaction
from django.utils import timezone

from labeling.errors import Conflict, LabelingError, Unavailable
from labeling.live.held import ring
from labeling.oz import topics
from labeling.oz.actions.drafting import bring_file
from labeling.oz.models import Experiment, ExperimentState, Input, Inquiry, InquiryState, Origin, Service, Source
from labeling.oz.reads import anybody_on_duty, open_calls, running, service_of
from labeling.projects.models import Project
from labeling.registry.reads import promoted

RETRY_AFTER = 5  # seconds, told to callers who find the queue full

# Callers of one project are counted one after the other, so that the limit is one.
LOCK_QUEUE = "SELECT pg_advisory_xact_lock(7079, %s)"


class Busy(LabelingError):
    """As many callers wait as may; nothing was taken in."""

    status = 429

    def problem(self) -> dict[str, Any]:
        """With the seconds after which another try makes sense."""
        return {**super().problem(), "retry_after": RETRY_AFTER}


class NobodyOnDuty(Unavailable):
    """People stand in for the model, and none of them is there."""


def ask(*, actor: User, project: Project, name: str, data: bytes) -> Inquiry:
    """Take a file in and put the question to whoever stands in for the model; refused before anything is stored.

    What is returned is committed: it will be answered, time out, or end with its experiment, and says which.
    """
    service = service_of(project)
    experiment = None if service.source == Source.MODEL else running(project)
    _check(project, service, experiment)
    brought = bring_file(
        actor=actor, project=project, experiment=experiment, name=name, data=data, origin=Origin.CALLED
    )
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(LOCK_QUEUE, [project.pk % 2**31])
        if experiment is not None:
            experiment = _still_running(experiment)
        _check(project, service, experiment)
        inquiry = _inquiry(actor, project, service, experiment, brought)
        if inquiry.state == InquiryState.WAITING and experiment is not None:
            ring(topics.consoles(experiment.pk))
    return inquiry


def _still_running(experiment: Experiment) -> Experiment | None:
    """The experiment, locked so that it cannot end before the inquiry is in; None where it has."""
    rows = Experiment.objects.select_for_update(no_key=True, of=("self",))
    return rows.filter(pk=experiment.pk, state=ExperimentState.RUNNING).first()


def _check(project: Project, service: Service, experiment: Experiment | None) -> None:
    """Whether there is anybody to answer, and room to wait."""
    if service.source != Source.WIZARD and promoted(project) is None:
        raise Conflict("No model is promoted yet: let people answer first.", field="project")
    if service.source != Source.MODEL and experiment is None:
        raise Conflict("No experiment is running, so nobody answers.", field="project")
    if service.source == Source.WIZARD and experiment is not None and not anybody_on_duty(experiment):
        raise NobodyOnDuty("Nobody is on duty now. Nothing was taken in; try again later.", field="project")
    if open_calls(project) >= service.open_limit:
        raise Busy(f"{service.open_limit} requests wait already. Nothing was taken in; try again later.")


def _inquiry(
    actor: User, project: Project, service: Service, experiment: Experiment | None, brought: Input
) -> Inquiry:
    variant = random.choice(list(experiment.variants.all())) if experiment is not None else None
    state = InquiryState.WAITING if service.source == Source.WIZARD else InquiryState.THINKING
    return Inquiry.objects.create(
        project=project, experiment=experiment, variant=variant, input=brought, caller=actor, source=service.source,
        state=state, expires_at=timezone.now() + timedelta(seconds=service.lasting),
    )  # fmt: skip


def abandon(*, inquiry: Inquiry) -> None:
    """The caller hung up: others are served first; whoever asks again by its id gets the answer all the same."""
    Inquiry.objects.filter(pk=inquiry.pk, abandoned_at=None).update(abandoned_at=timezone.now())
