"""Periodic ordering of the queues, safe to run twice."""

from celery import shared_task

from labeling.projects.models import Project
from labeling.selection.actions import rank
from labeling.selection.reads import is_ripe


@shared_task(ignore_result=True)
def rank_ripe_projects() -> int:
    """Order each queue anew whose model changed, or in which much was answered or suggested; returns how many."""
    ripe = [project for project in Project.objects.filter(archived_at=None) if is_ripe(project)]
    return len([rank(project=project) for project in ripe])
