"""Periodic work of the queue; each task asks which projects are ripe, and is safe to run twice."""

from celery import shared_task

from labeling.assignments.actions import admit_ready, expire
from labeling.assignments.reads import projects_with_expired_leases, projects_with_ready_items


@shared_task(ignore_result=True)
def tend_queues() -> int:
    """Admit ready items and close leases that ran out; returns how many items that concerned."""
    admitted = sum(admit_ready(project=project) for project in projects_with_ready_items())
    return admitted + sum(expire(project=project) for project in projects_with_expired_leases())
