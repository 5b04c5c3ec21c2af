"""Figures of large projects, kept fresh while somebody looks or works there. Safe to run twice."""

from datetime import timedelta

from celery import shared_task
from django.db import connection
from django.urls import get_resolver
from django.utils import timezone

from labeling.annotations.models import Annotation
from labeling.figures.actions import count, expect, forget
from labeling.figures.models import KeptFigure
from labeling.figures.reads import FIGURES, due
from labeling.projects.models import Project

LARGE = 20_000  # items or answers: from there on pages would begin to wait (overview of 10,000: 0.2 s)
LATELY = timedelta(days=1)
BECAME_LARGE = """
SELECT p.id FROM labeling_project p
WHERE p.archived_at IS NULL AND NOT EXISTS (SELECT 1 FROM labeling_keptfigure f WHERE f.project_id = p.id) AND (
    EXISTS (SELECT 1 FROM labeling_item i WHERE i.project_id = p.id OFFSET %(large)s)
    OR EXISTS (SELECT 1 FROM labeling_annotation a WHERE a.project_id = p.id OFFSET %(large)s))
"""


@shared_task(ignore_result=True)
def keep_figures() -> int:
    """Note which projects became large, and count the figure that has been due for longest; returns how many."""
    get_resolver().url_patterns  # noqa: B018 - pages declare their figures: from here on all of them are known
    for project in became_large():
        for name in FIGURES:
            expect(project=project, name=name)
    forget()
    rows = KeptFigure.objects.filter(project__archived_at=None, name__in=FIGURES).select_related("project")
    waiting = [row for row in rows.defer("value") if due(row)]
    busy = {project.pk for project in {row.project for row in waiting} if is_busy(project)}
    waiting = sorted((row for row in waiting if row.project_id in busy), key=_urgency)
    return sum(count(project=row.project, name=row.name, arguments=row.arguments) is not None for row in waiting[:1])


def became_large() -> list[Project]:
    """Projects of many items or answers for whose figures there is no place yet."""
    with connection.cursor() as cursor:
        cursor.execute(BECAME_LARGE, {"large": LARGE})
        return list(Project.objects.filter(pk__in=[row[0] for row in cursor.fetchall()]))


def is_busy(project: Project) -> bool:
    """Whether somebody looked at its figures, or answered, in the last day."""
    since = timezone.now() - LATELY
    newest = Annotation.objects.filter(project=project).order_by("-project", "-id").first()
    answered = newest is not None and newest.stored_at > since
    return answered or KeptFigure.objects.filter(project=project, visited_at__gt=since).exists()


def _urgency(row: KeptFigure) -> tuple[bool, bool, float]:
    """Those that somebody asked for first, then those that were never counted, then by age."""
    asked = row.wanted_at is not None and (row.counted_at is None or row.wanted_at > row.counted_at)
    return not asked, row.counted_at is not None, row.counted_at.timestamp() if row.counted_at else 0.0
