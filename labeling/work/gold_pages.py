"""The page of gold: what is in use, and what might be."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from labeling.assignments.permits import trust_policy
from labeling.assignments.reads import gold_of
from labeling.consensus.ceiling import owners_gold
from labeling.errors import LabelingError
from labeling.guidelines.reads import current
from labeling.projects.models import LabelRole, Role
from labeling.projects.reads import active_labels, project_for
from labeling.projects.sign_in import signed_in
from labeling.work import actions
from labeling.work.forms import GoldForm
from labeling.work.reads import drawn_for_gold, gold_candidates
from ml.truth.bar import LEAST_JUDGED

GOLD_A_PAGE = 100


@login_required
def gold(request: HttpRequest, slug: str) -> HttpResponse:
    """Known items in use, and items on which people agreed."""
    project = project_for(request.user, slug, Role.OWNER, Role.EXPERT)
    pages = Paginator(gold_of(project), GOLD_A_PAGE)
    context = {
        "project": project, "page": pages.get_page(request.GET.get("page")), "candidates": gold_candidates(project),
        "short": max(0, trust_policy(project).quiz_items - pages.count),
    }  # fmt: skip
    return render(request, "work/gold.html", context)


@login_required
def draw(request: HttpRequest, slug: str) -> HttpResponse:
    """One item by chance, to be said what it is by who knows."""
    project = project_for(request.user, slug, Role.OWNER, Role.EXPERT)
    context = {
        "project": project, "item": drawn_for_gold(project), "known": owners_gold(project), "least": LEAST_JUDGED,
        "labels": [label for label in active_labels(project) if label.role != LabelRole.UNSURE],
        "question": current(project).question,
    }  # fmt: skip
    return render(request, "work/gold_draw.html", context)


@login_required
@require_POST
def add(request: HttpRequest, slug: str) -> HttpResponse:
    """Make an item gold, and go back to where it was said."""
    project = project_for(request.user, slug, Role.OWNER, Role.EXPERT)
    form = GoldForm(request.POST)
    try:
        if form.is_valid():
            made = actions.add_gold(actor=signed_in(request), project=project, **form.cleaned_data)
            messages.success(request, _("Gold now: %(item)s is %(label)s.") % {"item": made.item, "label": made.label})
        else:
            messages.error(request, _("Choose an item and its label."))
    except LabelingError as error:
        messages.error(request, error.reason)
    back = request.POST.get("back", "")
    safe = url_has_allowed_host_and_scheme(back, allowed_hosts=None) and back.startswith(f"/p/{slug}/")
    return redirect(back if safe else "gold", *([] if safe else [slug]))


@login_required
@require_POST
def retire(request: HttpRequest, slug: str, gold_id: int) -> HttpResponse:
    """Use it no more."""
    project = project_for(request.user, slug, Role.OWNER, Role.EXPERT)
    try:
        actions.retire_gold(actor=signed_in(request), project=project, gold_id=gold_id)
        messages.success(request, _("Retired: the item stands on its answers again."))
    except LabelingError as error:
        messages.error(request, error.reason)
    return redirect("gold", slug)
