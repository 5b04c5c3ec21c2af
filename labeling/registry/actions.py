"""Register models, promote one of them, and go back."""

from collections.abc import Sequence
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from labeling.audit.actions import record
from labeling.errors import Conflict
from labeling.projects.models import Project
from labeling.registry.models import ModelState, ModelVersion
from labeling.registry.reads import previous


@transaction.atomic
def register(
    *,
    actor: User | None,
    project: Project,
    recipe: dict[str, Any],
    artefact: str,
    label_ids: Sequence[int],
    metrics: dict[str, Any],
) -> ModelVersion:
    """Note a trained model as a candidate."""
    _lock(project)
    last = ModelVersion.objects.filter(project=project).aggregate(last=Max("number"))["last"] or 0
    version = ModelVersion.objects.create(
        project=project, number=last + 1, recipe=recipe, artefact=artefact, label_ids=list(label_ids), metrics=metrics
    )
    record(actor=actor, verb="registered", row=version, project_id=project.pk, number=version.number)
    return version


@transaction.atomic
def promote(*, actor: User | None, version: ModelVersion) -> ModelVersion:
    """Let this version speak for its project from now on, in place of whichever did."""
    _lock(version.project)
    version.refresh_from_db()
    if version.state == ModelState.PROMOTED:
        raise Conflict(f"Model {version.number} is promoted already.")
    before = _retire(version.project)
    version.state, version.promoted_at = ModelState.PROMOTED, timezone.now()
    version.save(update_fields=["state", "promoted_at"])
    record(
        actor=actor, verb="promoted", row=version, project_id=version.project_id,
        number=version.number, before=before and before.number,
    )  # fmt: skip
    return version


@transaction.atomic
def reject(*, actor: User | None, version: ModelVersion, reason: str) -> ModelVersion:
    """Note that a candidate was judged and not promoted."""
    _lock(version.project)
    version.refresh_from_db()
    if version.state != ModelState.CANDIDATE:
        raise Conflict(f"Model {version.number} is not a candidate.")
    version.state = ModelState.REJECTED
    version.save(update_fields=["state"])
    record(actor=actor, verb="rejected", row=version, project_id=version.project_id, reason=reason)
    return version


@transaction.atomic
def roll_back(*, actor: User | None, project: Project) -> ModelVersion:
    """Give the word back to the version promoted before; once more goes back one further."""
    _lock(project)
    version = previous(project)
    if version is None:
        raise Conflict("No model was promoted before this one.")
    before = _retire(project)
    version.state = ModelState.PROMOTED  # promoted_at stays: it is what "before" goes by
    version.save(update_fields=["state"])
    record(
        actor=actor, verb="rolled back", row=version, project_id=project.pk,
        number=version.number, before=before and before.number,
    )  # fmt: skip
    return version


@transaction.atomic
def discard(*, actor: User | None, version: ModelVersion) -> None:
    """Remove a candidate that was never judged to the end, with its suggestions; its files are the caller's."""
    _lock(version.project)
    version.refresh_from_db()
    if version.state != ModelState.CANDIDATE:
        raise Conflict(f"Model {version.number} was judged; it stays.")
    record(actor=actor, verb="discarded", row=version, project_id=version.project_id, number=version.number)
    version.delete()


def _lock(project: Project) -> None:
    """One change of a project's models at a time; answers do not wait for it."""
    Project.objects.select_for_update(no_key=True).get(pk=project.pk)


def _retire(project: Project) -> ModelVersion | None:
    current = ModelVersion.objects.filter(project=project, state=ModelState.PROMOTED).first()
    if current is not None:
        current.state = ModelState.RETIRED
        current.save(update_fields=["state"])
    return current
