"""The owner's schedule, kept in the scheduler's own tables."""

import json

from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db import transaction
from django_celery_beat.models import CrontabSchedule, PeriodicTask

from labeling.audit.actions import record
from labeling.errors import BadInput
from labeling.projects.models import Project
from labeling.training.models import WARM_EVERY, RetrainPolicy

TASK = "labeling.training.tasks.retrain_on_schedule"
FIELDS = ("minute", "hour", "day_of_month", "month_of_year", "day_of_week")


@transaction.atomic
def set_policy(
    *,
    actor: User | None,
    project: Project,
    enabled: bool,
    crontab: str,
    min_new_verified: int,
    margin: float,
    warm_every: int = WARM_EVERY,
) -> RetrainPolicy:
    """Set when the project is retrained by itself and what its gate asks for; the scheduler sees it in seconds."""
    parts = _parts(crontab)
    if not 0 <= margin <= 1:
        raise BadInput("The margin is a share between 0 and 1.", field="margin")
    if min_new_verified < 1:
        raise BadInput("At least one new label is needed.", field="min_new_verified")
    if warm_every < 0:
        raise BadInput("Answers are counted from 0, which is never.", field="warm_every")
    policy, _ = RetrainPolicy.objects.update_or_create(
        project=project,
        defaults={
            "enabled": enabled, "crontab": " ".join(parts), "min_new_verified": min_new_verified, "margin": margin,
            "warm_every": warm_every,
        },
    )  # fmt: skip
    _schedule(policy, parts)
    record(
        actor=actor, verb="set retrain policy", row=policy, project_id=project.pk, enabled=enabled,
        crontab=policy.crontab, min_new_verified=min_new_verified, margin=margin, warm_every=warm_every,
    )  # fmt: skip
    return policy


def _parts(text: str) -> list[str]:
    """Minute, hour, day, month and weekday, understood by the scheduler."""
    parts = text.split()
    if len(parts) != len(FIELDS):
        raise BadInput("Five fields are needed: minute, hour, day, month, weekday.", field="crontab")
    try:
        CrontabSchedule(**dict(zip(FIELDS, parts, strict=True))).full_clean(validate_unique=False)
    except (ValidationError, ValueError) as error:
        raise BadInput(f"The scheduler cannot read {text!r}.", field="crontab") from error
    return parts


def _schedule(policy: RetrainPolicy, parts: list[str]) -> None:
    """One row of the scheduler for each project; saved through its own model, which is how beat notices."""
    times, _ = CrontabSchedule.objects.get_or_create(timezone="UTC", **dict(zip(FIELDS, parts, strict=True)))
    PeriodicTask.objects.update_or_create(
        name=f"retrain project {policy.project_id}",
        defaults={
            "task": TASK, "args": json.dumps([policy.project_id]), "crontab": times, "enabled": policy.enabled,
        },
    )  # fmt: skip
