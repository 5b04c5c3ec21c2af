"""Pages of those who take part: the wizard's console and the try-it page."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.shortcuts import render
from django.views.decorators.cache import never_cache

from labeling.errors import NotAllowed
from labeling.guidelines.markdown import to_html
from labeling.oz import reads
from labeling.oz.models import Experiment, Part
from labeling.oz.texts import CONSOLE, TRY
from labeling.projects.reads import project_for


@login_required
@never_cache
def console(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """What callers ask, one at a time, with the rule of its variant in view."""
    project = project_for(request.user, slug)
    experiment = reads.experiment_for(project, number)
    if reads.part_of(request.user, experiment) != Part.WIZARD:
        raise NotAllowed("You are no wizard of this experiment.")
    page = {
        "api": f"/api/v1/projects/{slug}/console/{number}/shifts/", "token": get_token(request),
        "medium": project.medium, "texts": CONSOLE,
    }  # fmt: skip
    context = {"project": project, "experiment": experiment, "variants": with_html(experiment), "page": page}
    return render(request, "oz/console.html", context)


def with_html(experiment: Experiment) -> list[dict[str, Any]]:
    """The variants as pages show them, their text sanitised."""
    return [
        {"letter": each.letter, "question": each.question, "html": to_html(each.text), "classes": each.classes}
        for each in experiment.variants.all()
    ]


@login_required
@never_cache
def try_it(request: HttpRequest, slug: str) -> HttpResponse:
    """Ask by hand what a product would ask by the API."""
    project = project_for(request.user, slug)
    page = {"api": f"/api/v1/projects/{slug}/predict", "token": get_token(request), "texts": TRY}
    service = reads.service_of(project)
    return render(request, "oz/try.html", {"project": project, "service": service, "page": page})
