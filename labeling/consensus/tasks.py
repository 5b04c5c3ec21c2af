"""Periodic work of the consensus, safe to run twice."""

from celery import shared_task

from labeling.consensus.actions import redirect, refit_if_ripe, renew, tend_early
from labeling.consensus.reads import projects_to_renew
from labeling.projects.models import Project


@shared_task(ignore_result=True)
def refit_ripe_projects() -> int:
    """Fit people anew in each project where enough was answered since its last fit; returns how many."""
    return sum(refit_if_ripe(project=project) is not None for project in Project.objects.filter(archived_at=None))


@shared_task(ignore_result=True)
def redirect_projects() -> int:
    """Put right whom items wait for, in each project where people came or went; returns how many items."""
    return sum(redirect(project=project) for project in Project.objects.filter(archived_at=None))


@shared_task(ignore_result=True)
def renew_projects() -> int:
    """Ask items again whose answers a new guideline put out of date, where that is not finished; returns how many."""
    return sum(renew(project=project) for project in projects_to_renew())


@shared_task(ignore_result=True)
def audit_early_labels() -> int:
    """Take each project that finishes items early a step on: a set frozen, judged or carried out; returns how many."""
    return sum(tend_early(project=project) for project in Project.objects.filter(archived_at=None))
