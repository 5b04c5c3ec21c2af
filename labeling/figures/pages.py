"""Fresh figures on request, and whether they are there."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from labeling.errors import NotFound
from labeling.figures import actions
from labeling.figures.reads import FIGURES, counted
from labeling.projects.models import Role
from labeling.projects.reads import project_for
from labeling.projects.sign_in import signed_in


def known(page: str) -> str:
    """The name of a page with figures."""
    if page not in {figure.page for figure in FIGURES.values()}:
        raise NotFound("no page with figures", field="page")
    return page


@login_required
def state(request: HttpRequest, slug: str, page: str) -> HttpResponse:
    """When a page's figures were counted, for its script that waits for newer ones."""
    found = counted(project_for(request.user, slug, Role.OWNER), known(page))
    at = found.at.isoformat() if found and found.at else None
    return JsonResponse({"counted_at": at, "counting": found.counting if found else False})


@login_required
@require_POST
def want(request: HttpRequest, slug: str, page: str) -> HttpResponse:
    """Ask for fresh ones and go back to the page, which shows the old ones meanwhile."""
    project = project_for(request.user, slug, Role.OWNER)
    actions.want(actor=signed_in(request), project=project, page=known(page))
    return redirect(page, slug)
