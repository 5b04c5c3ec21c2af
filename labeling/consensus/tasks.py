"""Periodic work of the consensus, safe to run twice."""

from celery import shared_task

from labeling.consensus.actions import refit_if_ripe
from labeling.projects.models import Project


@shared_task(ignore_result=True)
def refit_ripe_projects() -> int:
    """Fit people anew in each project where enough was answered since its last fit; returns how many."""
    return sum(refit_if_ripe(project=project) is not None for project in Project.objects.filter(archived_at=None))
