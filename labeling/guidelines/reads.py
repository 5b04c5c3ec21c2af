"""What annotators are told now, what they were told before, and what changed in between."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Exists, OuterRef, QuerySet

from labeling.errors import NotFound
from labeling.guidelines.models import Draft, Example, GuidelineVersion
from labeling.items.models import ItemState
from labeling.projects.models import Label, LabelRole, Project
from labeling.projects.reads import active_labels


def current(project: Project) -> GuidelineVersion:
    """The newest version: the one that holds."""
    newest = GuidelineVersion.objects.filter(project=project).order_by("-number").first()
    if newest is None:
        raise NotFound("this project has no guideline yet", field="guideline")
    return newest


def version(project: Project, number: int) -> GuidelineVersion:
    """One version by its number."""
    row = GuidelineVersion.objects.select_related("author").filter(project=project, number=number).first()
    if row is None:
        raise NotFound(f"there is no version {number}", field="number")
    return row


def versions(project: Project) -> QuerySet[GuidelineVersion]:
    """Every version, newest first; `taken_back` tells those that a later one withdraws."""
    later = GuidelineVersion.objects.filter(withdraws=OuterRef("pk"))
    rows = GuidelineVersion.objects.select_related("author").filter(project=project)
    return rows.annotate(taken_back=Exists(later)).order_by("-number")


def base_of(version: GuidelineVersion) -> GuidelineVersion | None:
    """The version that this one changed: the one it names, else the one before it; None for the first."""
    earlier = GuidelineVersion.objects.filter(project=version.project_id)
    return version.base or earlier.filter(number=version.number - 1).first()


def draft(project: Project) -> Draft:
    """The draft of the next version; where there is none, an unsaved one of revision 0 that says what holds now."""
    known = Draft.objects.select_related("base", "author").filter(project=project).first()
    return known or draft_from(project, current(project))


def draft_from(project: Project, newest: GuidelineVersion) -> Draft:
    """An unsaved draft that changes nothing yet."""
    labels = active_labels(project)
    roles = {label.role for label in labels}
    classes = [
        {"name": label.name, "key": label.key, "id": label.pk} for label in labels if label.role == LabelRole.CLASS
    ]
    return Draft(
        project=project, base=newest, revision=0, question=newest.question, text=newest.text, classes=classes,
        with_none=LabelRole.NONE in roles, with_unsure=LabelRole.UNSURE in roles, example_ids=newest.example_ids,
    )  # fmt: skip


@dataclass(frozen=True)
class ShownClass:
    """A class and its examples, those that belong to it apart from those that do not."""

    label: Label
    yes: list[Example]
    no: list[Example]


def shown_examples(project: Project, example_ids: Sequence[int]) -> list[ShownClass]:
    """These examples by class, in the classes' order; those of retired classes and of erased items are left out."""
    rows = Example.objects.filter(project=project, pk__in=example_ids).select_related("item__blob", "label")
    seen = {row.pk: row for row in rows.exclude(item__state=ItemState.ERASED)}
    inorder = [seen[pk] for pk in example_ids if pk in seen]
    shown = []
    for label in active_labels(project):
        mine = [row for row in inorder if row.label_id == label.pk]
        if mine:
            shown.append(ShownClass(label, [row for row in mine if row.fits], [row for row in mine if not row.fits]))
    return shown
