"""Pages of guidelines: making a project, reading its guideline, and what changed from version to version."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from labeling.guidelines import actions, reads
from labeling.guidelines.compare import compare
from labeling.guidelines.forms import ProjectForm
from labeling.guidelines.markdown import to_html
from labeling.projects.forms import attempt, posted
from labeling.projects.models import Role
from labeling.projects.reads import project_for, role_in
from labeling.projects.sign_in import signed_in


@login_required
def new_project(request: HttpRequest) -> HttpResponse:
    """Make a project with version 1 of its guideline."""
    form = ProjectForm(posted(request))
    project = attempt(form, actions.create_project_with_guideline, actor=signed_in(request)) if form.is_bound else None
    if project is not None:
        messages.success(request, _("Made “%(name)s”.") % {"name": project.name})
        return redirect("guideline", project.slug)
    return render(request, "guidelines/new_project.html", {"form": form})


@login_required
def guideline(request: HttpRequest, slug: str) -> HttpResponse:
    """What annotators are told now."""
    project = project_for(request.user, slug)
    newest = reads.current(project)
    owner = role_in(request.user, project) == Role.OWNER
    context = {
        "project": project, "version": newest, "html": to_html(newest.text), "owner": owner,
        "examples": reads.shown_examples(project, newest.example_ids),
        "draft": reads.draft(project) if owner else None,
    }  # fmt: skip
    return render(request, "guidelines/guideline.html", context)


@login_required
def versions(request: HttpRequest, slug: str) -> HttpResponse:
    """Every version, newest first."""
    project = project_for(request.user, slug)
    owner = role_in(request.user, project) == Role.OWNER
    context = {
        "project": project, "versions": reads.versions(project), "draft": reads.draft(project) if owner else None
    }  # fmt: skip
    return render(request, "guidelines/versions.html", context)


@login_required
def version(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """One version beside the one before it, or beside `?from=`."""
    project = project_for(request.user, slug)
    shown = reads.version(project, number)
    since = request.GET.get("from", "")
    before = reads.version(project, int(since) if since.isdecimal() else max(1, number - 1))
    context = {
        "project": project, "version": shown, "before": before, "comparison": compare(before, shown),
        "html": to_html(shown.text), "versions": reads.versions(project),
        "newest": reads.current(project), "owner": role_in(request.user, project) == Role.OWNER,
        "examples": reads.shown_examples(project, shown.example_ids),
    }  # fmt: skip
    return render(request, "guidelines/version.html", context)
