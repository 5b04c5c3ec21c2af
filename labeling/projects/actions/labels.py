"""Write the classes of a project, as one list that replaces the one before."""

from collections.abc import Sequence

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from labeling.audit import actions as audit
from labeling.errors import BadInput, Conflict
from labeling.projects import reads
from labeling.projects.classes import NONE_KEY, UNSURE_KEY, ClassDraft, checked
from labeling.projects.models import Label, LabelRole, Project


@transaction.atomic
def change_labels(
    *,
    actor: User | None,
    project: Project,
    classes: Sequence[ClassDraft],
    with_none: bool,
    with_unsure: bool,
    retire_in_use: bool = False,
) -> list[Label]:
    """Add, rename, reorder and retire classes; called by guidelines.actions.edit, which holds the project's lock.

    A label is never deleted: it is retired, its answers keep it, and one of the same name brings it back with them.
    One that any row still points at (an answer, an imported label, a suggestion) is retired only with
    `retire_in_use`, else Conflict with the counts. Answers that say a retired class count as no answer from then on,
    and an item verified as that class is asked again; consensus sees to both.
    """
    before = {label.pk: label.name for label in reads.active_labels(project)}
    labels = write_labels(project, checked(classes), with_none=with_none, with_unsure=with_unsure)
    kept = {label.pk for label in labels}
    for label in Label.objects.filter(pk__in=before.keys() - kept):
        _check_unused(label, retire_in_use)
        audit.record(actor=actor, verb="retire", row=label, project_id=project.pk, name=label.name)
    return labels


def write_labels(project: Project, drafts: list[ClassDraft], *, with_none: bool, with_unsure: bool) -> list[Label]:
    """Retire every label, then bring back those wanted: so two may swap names or keys without meeting on the way."""
    known = {label.pk: label for label in project.labels.all()}
    project.labels.filter(retired_at=None).update(retired_at=timezone.now())
    wanted = [_for_draft(project, known, draft) for draft in drafts]
    if with_none:
        wanted.append(_of_role(project, known, LabelRole.NONE, NONE_KEY))
    if with_unsure:
        wanted.append(_of_role(project, known, LabelRole.UNSURE, UNSURE_KEY))
    for position, label in enumerate(wanted):
        label.position, label.retired_at = position, None
        label.save()
    return wanted


def _for_draft(project: Project, known: dict[int, Label], draft: ClassDraft) -> Label:
    """The label that a draft names by id, or a retired one of its name, or a new one."""
    if draft.id is not None:
        label = known.pop(draft.id, None)
        if label is None or label.role != LabelRole.CLASS:
            raise BadInput(f"“{draft.name}” is not a class of this project", field="classes")
    else:
        label = _retired(known, draft.name) or Label(project=project)
    label.name, label.key = draft.name, draft.key
    return label


def _retired(known: dict[int, Label], name: str) -> Label | None:
    """Take the newest retired class of this name out of `known`."""
    pks = [pk for pk, label in known.items() if label.retired_at and label.role == "class" and label.name == name]
    return known.pop(max(pks)) if pks else None


def _of_role(project: Project, known: dict[int, Label], role: LabelRole, key: str) -> Label:
    same = (label for label in known.values() if label.role == role)
    return next(same, None) or Label(project=project, role=role, name=str(role.label), key=key)


def _check_unused(label: Label, retire_in_use: bool) -> None:
    uses = reads.uses(label)
    if uses and not retire_in_use:
        counts = ", ".join(f"{name} {count}" for name, count in uses.items())
        reason = f"“{label.name}” is in use ({counts}): say that it shall be retired all the same"
        raise Conflict(reason, field="retire_in_use")
