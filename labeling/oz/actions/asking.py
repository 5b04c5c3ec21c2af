"""A caller asks; a caller hangs up."""

import random
from dataclasses import dataclass
from datetime import timedelta

from django.contrib.auth.models import User
from django.db import connection, transaction
from django.utils import timezone

from labeling.errors import Conflict
from labeling.live.held import ring
from labeling.oz import topics
from labeling.oz.actions.drafting import bring_file
from labeling.oz.door import Door, door
from labeling.oz.models import Experiment, Input, Inquiry, InquiryState, Origin, Source
from labeling.projects.models import Project
from labeling.statements import partly, rows

# Callers of one project are counted one after the other, so that the limit is one.
LOCK_QUEUE = "SELECT pg_advisory_xact_lock(7079, %s)"

# The variants of an experiment that runs; it cannot end before the inquiry is in, for ending locks its row for update.
STILL_RUNNING = """
SELECT v.id FROM labeling_experiment e JOIN labeling_variant v ON v.experiment_id = e.id
WHERE e.id = %(experiment)s AND e.state = 'running' FOR KEY SHARE OF e
"""


@dataclass(frozen=True)
class Kept:
    """By which process a caller is kept, and for how long."""

    keeper: str
    seconds: float


def ask(*, actor: User, project: Project, name: str, data: bytes, kept: Kept | None = None) -> Inquiry:
    """Take a file in and put the question to whoever stands in for the model; refused before anything is stored.

    What is returned is committed: it will be answered, time out, or end with its experiment, and says which.
    """
    stands = door(project)
    stands.check()
    experiment = partly(Experiment, id=stands.experiment, project_id=project.pk) if stands.experiment else None
    brought = bring_file(
        actor=actor, project=project, experiment=experiment, name=name, data=data, origin=Origin.CALLED
    )
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(LOCK_QUEUE, [project.pk % 2**31])
        variants = rows(STILL_RUNNING, {"experiment": stands.experiment}) if stands.experiment else []
        now = door(project)
        now.check()
        if now.experiment != stands.experiment:
            raise Conflict("Who answers has just changed. Nothing was taken in; ask again.", field="project")
        inquiry = _inquiry(actor, now, brought, [row[0] for row in variants], kept)
        if inquiry.state == InquiryState.WAITING and inquiry.experiment_id is not None:
            ring(topics.consoles(inquiry.experiment_id))
    return inquiry


def _inquiry(actor: User, stands: Door, brought: Input, variants: list[int], kept: Kept | None) -> Inquiry:
    service, now = stands.service, timezone.now()
    state = InquiryState.WAITING if service.source == Source.WIZARD else InquiryState.THINKING
    return Inquiry.objects.create(
        project_id=service.project_id, experiment_id=stands.experiment, input=brought, caller=actor,
        variant_id=random.choice(variants) if variants else None, source=service.source, state=state,
        expires_at=now + timedelta(seconds=service.lasting), keeper=kept.keeper if kept else "",
        kept_until=now + timedelta(seconds=kept.seconds) if kept else None,
    )  # fmt: skip


def abandon(*, inquiry: Inquiry) -> None:
    """The caller hung up: it makes room at once, others are served first, and whoever asks again is answered still."""
    Inquiry.objects.filter(pk=inquiry.pk, abandoned_at=None).update(abandoned_at=timezone.now())
