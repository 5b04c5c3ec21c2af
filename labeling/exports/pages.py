"""The page of exports."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from labeling.exports import reads
from labeling.projects.models import Role
from labeling.projects.reads import project_for


@login_required
def exports(request: HttpRequest, slug: str) -> HttpResponse:
    """What can be taken away, and how much of it there is."""
    project = project_for(request.user, slug, Role.OWNER, Role.EXPERT)
    return render(request, "exports/exports.html", {"project": project, "counts": reads.counts(project)})
