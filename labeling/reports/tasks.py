"""Periodic work of the room, safe to run twice."""

from celery import shared_task

from labeling.projects.models import Project
from labeling.reports.actions import gather, tell
from labeling.reports.models import Thread, ThreadState
from labeling.reports.reads import projects_with_new_flags


@shared_task(ignore_result=True)
def tend_questions() -> int:
    """Gather new questions into threads, and tell those whose answer was published; returns how many of both."""
    waiting = Thread.objects.filter(state=ThreadState.ANSWERED).values("project")
    told = sum(tell(project=project) for project in Project.objects.filter(pk__in=waiting, archived_at=None))
    return told + sum(gather(project=project) for project in projects_with_new_flags())
