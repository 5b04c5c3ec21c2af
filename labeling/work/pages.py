"""The labeling page: its frame and its data in one answer; everything else is its script's."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache

from labeling.annotations.models import SkipReason
from labeling.guidelines.models import GuidelineVersion
from labeling.guidelines.reads import current
from labeling.projects.models import Label, Mode, Project, Role
from labeling.projects.reads import active_labels, project_for
from labeling.work.texts import REVIEW_TEXTS, TEXTS

# Fetched by the browser all at once; what they import is in this list too.
MODULES = (
    "label", "alike", "alone", "api", "clip", "controls", "device", "history", "keys", "media", "nothing", "notices",
    "outbox", "pace", "panels", "picture", "queue", "session", "view",
)  # fmt: skip
REVIEW_MODULES = ("review", "testimony", *MODULES[1:])


@login_required
@never_cache
def label(request: HttpRequest, slug: str) -> HttpResponse:
    """One decision after another, at the keyboard or by thumb."""
    project = project_for(request.user, slug)
    guideline, labels = current(project), active_labels(project)
    context = {
        "project": project, "guideline": guideline, "labels": labels,
        "page": _page(request, project, guideline, labels), "modules": [f"js/work/{name}.js" for name in MODULES],
        "reasons": SkipReason.choices, "mode": project.mode,
    }  # fmt: skip
    return render(request, "work/label.html", context)


@login_required
@never_cache
def review(request: HttpRequest, slug: str) -> HttpResponse:
    """One disputed item after another, with all that was said of it; experts and owners decide."""
    project = project_for(request.user, slug, Role.EXPERT)
    guideline, labels = current(project), active_labels(project)
    page = _page(request, project, guideline, labels) | {"mode": Mode.CHOOSE, "texts": TEXTS | REVIEW_TEXTS}
    context = {
        "project": project, "guideline": guideline, "labels": labels, "page": page,
        "modules": [f"js/work/{name}.js" for name in REVIEW_MODULES], "reasons": SkipReason.choices,
        "mode": Mode.CHOOSE,
    }  # fmt: skip
    return render(request, "work/review.html", context)


def _page(
    request: HttpRequest, project: Project, guideline: GuidelineVersion, labels: list[Label]
) -> dict[str, Any]:
    """What the script is told; the token dies with the sign-in, so that an old page speaks for nobody else."""
    return {
        "user": request.user.pk, "slug": project.slug, "medium": project.medium, "mode": project.mode,
        "labels": [{"id": row.pk, "name": row.name, "key": row.key, "role": row.role} for row in labels],
        "guideline": guideline.number, "api": f"/api/v1/projects/{project.slug}/", "token": get_token(request),
        "signIn": f"{reverse('sign-in')}?next={request.path}", "home": reverse("projects"), "texts": TEXTS,
    }  # fmt: skip
