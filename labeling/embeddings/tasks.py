"""Features of new items, computed while nobody waits for them. Safe to run twice."""

from functools import partial

from celery import shared_task

from labeling.counts import seldom
from labeling.embeddings.actions import ensure
from labeling.embeddings.reads import backbone_of, missing
from labeling.projects.models import Project

AT_ONCE = 512  # files of one project a turn, so that several projects share the worker


@shared_task(ignore_result=True)
def embed_new_items() -> int:
    """Compute what the projects that a model helps still lack, a part at a time; returns how many vectors."""
    projects = Project.objects.filter(archived_at=None, model_helps=True)
    return sum(
        seldom(f"embed:{project.pk}", partial(ensure, project=project, limit=AT_ONCE))
        for project in projects
        if not missing(backbone_of(project))  # an extra that is gone is told by the next retrain
    )
