"""What the promoted model says."""

from collections.abc import Sequence

from django.db.models import QuerySet

from labeling.projects.models import Project
from labeling.registry.models import ModelState
from labeling.suggestions.models import Suggestion


def spoken(project: Project) -> "QuerySet[Suggestion]":
    """Every suggestion of the promoted version."""
    return Suggestion.objects.filter(model_version__project=project, model_version__state=ModelState.PROMOTED)


def current(project: Project, item_ids: Sequence[int]) -> dict[int, Suggestion]:
    """The promoted version's suggestion for each of these items that has one."""
    rows = spoken(project).filter(item__in=item_ids).select_related("label", "model_version")
    return {row.item_id: row for row in rows}
