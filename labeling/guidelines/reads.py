"""What annotators are told now, what they were told before, and what changed in between."""

from django.db.models import QuerySet

from labeling.errors import NotFound
from labeling.guidelines.models import GuidelineVersion
from labeling.projects.models import Project


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
    """Every version, newest first."""
    return GuidelineVersion.objects.select_related("author").filter(project=project).order_by("-number")
