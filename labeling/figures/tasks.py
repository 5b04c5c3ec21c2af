"""Counting in the worker, safe to run twice."""

from celery import shared_task
from django.urls import get_resolver

from labeling.figures.actions import visit
from labeling.figures.reads import FIGURES
from labeling.projects.models import Project


@shared_task(ignore_result=True)
def count_page(project_id: int, name: str, arguments: str) -> None:
    """Somebody looked at this figure: count it and the others of its page where they are due."""
    get_resolver().url_patterns  # noqa: B018 - pages declare their figures: from here on all of them are known
    project = Project.objects.filter(pk=project_id).first()
    if project is not None and name in FIGURES:
        visit(project=project, name=name, arguments=arguments)
