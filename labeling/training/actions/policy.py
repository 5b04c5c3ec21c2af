"""The owner's schedule, kept in the scheduler's own tables."""

import json
from collections.abc import Mapping
from dataclasses import asdict

from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db import transaction
from django_celery_beat.models import CrontabSchedule, PeriodicTask

from labeling.audit.actions import record
from labeling.embeddings.actions import see_through
from labeling.errors import BadInput
from labeling.projects.models import Label, Medium, Project
from labeling.training.actions.tools import checked
from labeling.training.models import SLICE_DROP, WARM_EVERY, RetrainPolicy
from ml.recipe import KINDS, Augment

TASK = "labeling.training.tasks.retrain_on_schedule"
BORDERS = (("edge", "reflect", "symmetric", "constant", "wrap"), ("border", "reflection", "zeros"))
MOST_CHANGE = 180.0  # degrees of a rotation; shares stay far below
MOST_TRIALS = 100  # each takes as long as a retrain
MOST_MEMBERS = 10  # the same; more than five hardly add anything (arXiv:1612.01474, fig. 2)
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
    changed_must_be_better: bool = True,
    slice_drop: float = SLICE_DROP,
    recipe_kind: str = "",
    tools: Mapping[str, object] | None = None,
    augment: Mapping[str, object] | None = None,
    priors: Mapping[str, float] | None = None,
    trials: int = 0,
    members: int = 0,
    unlabelled: bool = False,
    backbone: str | None = None,
) -> RetrainPolicy:
    """Set when the project is retrained by itself, how, and what its gates ask for; the scheduler sees it in seconds.

    `tools` are values of ml.recipe.Recipe by name, `augment` says of ml.recipe.Augment what is allowed, `priors` the
    class shares expected in use, by the label's id; `backbone` the frozen features that the model sees (None leaves
    them), refused where their extra is not installed.
    """
    parts = _parts(crontab)
    _check_numbers(margin, min_new_verified, warm_every, slice_drop)
    _check_budget(trials, members)
    values = {
        "enabled": enabled, "crontab": " ".join(parts), "min_new_verified": min_new_verified, "margin": margin,
        "warm_every": warm_every, "changed_must_be_better": changed_must_be_better, "slice_drop": slice_drop,
        "recipe_kind": _kind(project, recipe_kind), "augment": _augment(augment or {}),
        "tools": checked(tools or {}),
        "priors": _priors(project, priors or {}), "trials": trials, "members": members,
        "unlabelled": unlabelled,
    }  # fmt: skip
    if backbone is not None:
        project = see_through(actor=actor, project=project, backbone=backbone)
    policy, _ = RetrainPolicy.objects.update_or_create(project=project, defaults=values)
    _schedule(policy, parts)
    record(actor=actor, verb="set retrain policy", row=policy, project_id=project.pk, **values)
    return policy


def _check_numbers(margin: float, min_new_verified: int, warm_every: int, slice_drop: float) -> None:
    if not 0 <= margin <= 1:
        raise BadInput("The margin is a share between 0 and 1.", field="margin")
    if min_new_verified < 1:
        raise BadInput("At least one new label is needed.", field="min_new_verified")
    if warm_every < 0:
        raise BadInput("Answers are counted from 0, which is never.", field="warm_every")
    if not 0 <= slice_drop <= 1:
        raise BadInput("It is a share between 0 and 1; 1 asks nothing.", field="slice_drop")


def _check_budget(trials: int, members: int) -> None:
    if not 0 <= trials <= MOST_TRIALS:
        raise BadInput(f"From 0, which is none, to {MOST_TRIALS} recipes can be tried.", field="trials")
    if not 0 <= members <= MOST_MEMBERS or members == 1:
        raise BadInput(f"0, which is none, or from 2 to {MOST_MEMBERS} models teach.", field="members")


def kinds_for(medium: str) -> list[str]:
    """The kinds of recipe that fit pictures, or sounds."""
    other = "audio" if medium == Medium.IMAGE else "image"
    return [kind for kind in KINDS if not kind.startswith(other)]


def borders() -> tuple[str, ...]:
    """What may lie outside the edge, in the words that the library's own default comes from."""
    return next(words for words in BORDERS if Augment().border in words)


def _kind(project: Project, kind: str) -> str:
    if kind and kind not in kinds_for(project.medium):
        raise BadInput(f"There is no such recipe for this project: {kind!r}.", field="recipe_kind")
    return kind


def _augment(said: Mapping[str, object]) -> dict[str, object]:
    """What is said of known changes, each of the kind that its default is."""
    usual = asdict(Augment())
    for name, value in said.items():
        if name not in usual:
            raise BadInput(f"There is no such change: {name!r}.", field="augment")
        number = isinstance(value, int | float) and not isinstance(value, bool)
        if isinstance(usual[name], float) and not (number and 0 <= float(str(value)) <= MOST_CHANGE):
            raise BadInput(f"It is a number from 0 to {MOST_CHANGE:g}.", field=f"augment_{name}")
        if not isinstance(usual[name], float) and not isinstance(value, type(usual[name])):
            raise BadInput("It is of another kind.", field=f"augment_{name}")
        if name == "border" and value not in borders():
            raise BadInput("There is no such border.", field="augment_border")
    return dict(said)


def _priors(project: Project, said: Mapping[str, float]) -> dict[str, float]:
    """Shares of known classes, none below 0, and not all of them 0."""
    known = {str(pk) for pk in Label.objects.filter(project=project, role="class").values_list("pk", flat=True)}
    for label, share in said.items():
        if label not in known:
            raise BadInput("There is no such class.", field="priors")
        if not 0 <= share <= 1:
            raise BadInput("It is a share between 0 and 1.", field=f"prior_{label}")
    if said and not any(said.values()):
        raise BadInput("One class at least has to be expected.", field="priors")
    return dict(said)


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
