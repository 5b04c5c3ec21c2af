"""Periodic work of the answers, safe to run twice."""

from celery import shared_task

from labeling.annotations.actions import judge
from labeling.projects.models import Project


@shared_task(ignore_result=True)
def judge_people() -> int:
    """Hold people against each project's rules where something new was answered; returns how often a rule acted."""
    return sum(len(judge(project=project)) for project in Project.objects.filter(archived_at=None))
