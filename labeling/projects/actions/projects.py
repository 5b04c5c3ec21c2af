"""Make a project, change its settings, put it away."""

from collections.abc import Iterator, Sequence
from typing import Any

from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.text import slugify

from labeling.audit import actions as audit
from labeling.errors import BadInput, Conflict
from labeling.projects.actions.labels import write_labels
from labeling.projects.classes import ClassDraft, checked
from labeling.projects.models import Member, Project, Role

SETTINGS = frozenset(
    {
        "name", "mode", "target", "answer_limit", "heldout_share", "heldout_answers", "blind_share", "model_helps",
        "consent_text", "least_gain", "newcomer_answers", "stale_weight", "label_floor",
    }
)  # fmt: skip
# As the table's own constraints say, in words for people: lowest, highest, whether the ends themselves will do.
RANGES = {
    "target": (0.5, 1.0, False), "heldout_share": (0.0, 0.5, True), "blind_share": (0.0, 1.0, True),
    "least_gain": (0.0, 0.5, True), "stale_weight": (0.0, 0.9, True), "label_floor": (0.5, 0.999, True),
}
LONGEST_SLUG = 60


@transaction.atomic
def create_project(
    *,
    actor: User,
    name: str,
    medium: str,
    question: str,
    classes: Sequence[str] | Sequence[ClassDraft],
    slug: str | None = None,
    mode: str = "choose",
    with_none: bool = False,
    with_unsure: bool = True,
    **settings: Any,
) -> Project:
    """A project without a guideline yet (see guidelines.actions); the actor becomes its owner."""
    drafts = checked(classes)
    project = Project(name=name.strip(), medium=medium, question=question.strip(), mode=mode)
    _set(project, settings)
    project.slug = _slug(project.name, slug)
    _check(project)
    project.save()
    write_labels(project, drafts, with_none=with_none, with_unsure=with_unsure)
    Member.objects.create(project=project, user=actor, role=Role.OWNER)
    audit.record(actor=actor, verb="create", row=project, project_id=project.pk, name=project.name)
    return project


@transaction.atomic
def change_settings(*, actor: User | None, project: Project, **settings: Any) -> Project:
    """Change any of SETTINGS; a new share of held-out items holds for items that come in from now on."""
    row = Project.objects.select_for_update(no_key=True).get(pk=project.pk)
    before = {field: getattr(row, field) for field in settings if field in SETTINGS}
    _set(row, settings)
    _check(row)
    changed = {field: getattr(row, field) for field in settings if getattr(row, field) != before[field]}
    if changed:
        row.save(update_fields=list(changed))
        audit.record(actor=actor, verb="change_settings", row=row, project_id=row.pk, **changed)
    return row


@transaction.atomic
def ask(*, actor: User | None, project: Project, question: str) -> Project:
    """Change the question; only guidelines.actions.edit calls this, which writes the version that says so."""
    if project.question != question:
        project.question = question
        project.save(update_fields=["question"])
        audit.record(actor=actor, verb="ask", row=project, project_id=project.pk, question=question)
    return project


@transaction.atomic
def archive_project(*, actor: User | None, project: Project) -> Project:
    """Put a project out of everybody's sight; nothing in it is deleted."""
    row = Project.objects.select_for_update(no_key=True).get(pk=project.pk)
    if row.archived_at is None:
        row.archived_at = timezone.now()
        row.save(update_fields=["archived_at"])
        audit.record(actor=actor, verb="archive", row=row, project_id=row.pk)
    return row


@transaction.atomic
def restore_project(*, actor: User | None, project: Project) -> Project:
    """Bring a project back that was put away."""
    row = Project.objects.select_for_update(no_key=True).get(pk=project.pk)
    if row.archived_at is not None:
        row.archived_at = None
        row.save(update_fields=["archived_at"])
        audit.record(actor=actor, verb="restore", row=row, project_id=row.pk)
    return row


def _set(project: Project, settings: dict[str, Any]) -> None:
    for field, value in settings.items():
        if field not in SETTINGS:
            raise BadInput("no such setting", field=field)
        setattr(project, field, value)


def _check(project: Project) -> None:
    """Raise the first fault of a field as BadInput."""
    for field, (low, high, ends) in RANGES.items():
        value = getattr(project, field)
        if not isinstance(value, int | float) or not (low < value < high or (ends and value in (low, high))):
            raise BadInput(f"between {low:g} and {high:g}{'' if ends else ', ends excluded'}", field=field)
    try:
        project.clean_fields()
    except ValidationError as error:
        field, reasons = next(iter(error.message_dict.items()))
        raise BadInput(reasons[0], field=field) from error


def _slug(name: str, wanted: str | None) -> str:
    """The address given, or one made of the name; a taken one gets a number unless it was asked for."""
    if wanted is not None:
        if Project.objects.filter(slug=wanted).exists():
            raise Conflict("another project has this address", field="slug")
        return wanted
    return next(slug for slug in _slugs(name) if not Project.objects.filter(slug=slug).exists())


def _slugs(name: str) -> Iterator[str]:
    stem = slugify(name)[: LONGEST_SLUG - 6] or "project"
    yield stem
    number = 2
    while True:
        yield f"{stem}-{number}"
        number += 1
