"""Periodic work of the answers, safe to run twice."""

from functools import partial

from celery import shared_task

from labeling.annotations.actions import judge
from labeling.counts import paced
from labeling.projects.models import Project


@shared_task(ignore_result=True)
def judge_people() -> int:
    """Hold people against each project's rules where something new was answered; returns how often a rule acted.

    With many people that takes seconds: a tenth of the time at most goes into it.
    """
    projects = Project.objects.filter(archived_at=None)
    return sum(paced(f"judge:{project.pk}", partial(_acted, project)) for project in projects)


def _acted(project: Project) -> int:
    return len(judge(project=project))
