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
from labeling.projects.models import Label, LabelRole, Mode, Project, Role
from labeling.projects.reads import active_labels, project_for
from labeling.work.texts import REVIEW_TEXTS, TEXTS, UNSTARTED_TEXTS

# Fetched by the browser all at once; what they import is in this list too.
MODULES = (
    "label", "alike", "alone", "api", "clip", "controls", "device", "history", "joins", "keys", "media", "nothing",
    "notices", "outbox", "pace", "panels", "picture", "queue", "session", "view",
)  # fmt: skip
REVIEW_MODULES = ("review", "testimony", *MODULES[1:])
ROOMY = 6  # classes that leave the item its room in two columns
LETTERS = {4: 5, 3: 9}  # columns: the longest name that a phone of 360 px shows on one line, measured


@login_required
@never_cache
def label(request: HttpRequest, slug: str) -> HttpResponse:
    """One decision after another, at the keyboard or by thumb."""
    project = project_for(request.user, slug)
    guideline, labels = current(project), active_labels(project)
    texts = TEXTS if project.items.exists() else TEXTS | UNSTARTED_TEXTS
    context = {
        "project": project, "guideline": guideline, "labels": labels,
        "page": _page(request, project, guideline, labels) | {"texts": texts},
        "modules": [f"js/work/{name}.js" for name in MODULES],
        "reasons": SkipReason.choices, "mode": project.mode, "columns": columns(labels),
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
        "mode": Mode.CHOOSE, "columns": columns(labels),
    }  # fmt: skip
    return render(request, "work/review.html", context)


def columns(labels: list[Label]) -> int:
    """How many answers stand side by side on a phone: more where they are many and their names short."""
    names = [label.name for label in labels if label.role == LabelRole.CLASS]
    if len(names) <= ROOMY:
        return 2
    longest = max(len(name) for name in names)
    return next((count for count, letters in LETTERS.items() if longest <= letters), 2)


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
