"""Pages of uploads and items."""

from typing import cast

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from labeling.errors import LabelingError
from labeling.items import actions, reads
from labeling.items.models import ItemState, Outcome
from labeling.items.paging import LONGEST_ID
from labeling.projects.models import Role
from labeling.projects.reads import project_for

ITEMS_A_PAGE = 60
FILES_A_PAGE = 100
UPLOADS_SHOWN = 20


@login_required
def items(request: HttpRequest, slug: str) -> HttpResponse:
    """All items, by state and name."""
    project = project_for(request.user, slug, Role.EXPERT)
    state, name = request.GET.get("state", ""), request.GET.get("name", "").strip()
    found = reads.items(project, state=state if state in ItemState.values else "", name=name)
    counts = reads.states(project)
    total = sum(counts.values()) - counts[ItemState.ERASED]
    context = {
        "project": project, "page": reads.stretch(found, ITEMS_A_PAGE, **_mark(request)),
        "states": [(value, label, counts[value]) for value, label in ItemState.choices if counts[value]],
        "total": total, "state": state, "name": name,
    }  # fmt: skip
    return render(request, "items/items.html", context)


def _mark(request: HttpRequest) -> dict[str, int]:
    """The row after or before which the address begins; nothing where it names none."""
    asked = ((side, request.GET.get(side, "")) for side in ("before", "after"))
    return {side: int(text) for side, text in asked if text.isascii() and text.isdecimal() and len(text) <= LONGEST_ID}


@login_required
def item(request: HttpRequest, slug: str, item_id: int) -> HttpResponse:
    """One item and the facts of its file."""
    project = project_for(request.user, slug, Role.EXPERT)
    found = reads.item_for(project, item_id)
    supposed = found.supposed_labels.select_related("label")
    return render(request, "items/item.html", {"project": project, "item": found, "supposed": supposed})


@login_required
@require_POST
def set_aside(request: HttpRequest, slug: str, item_id: int) -> HttpResponse:
    """Exclude one item, or take it back."""
    project = project_for(request.user, slug, Role.OWNER)
    found = reads.item_for(project, item_id)
    actor = cast(User, request.user)
    try:
        if found.state == ItemState.EXCLUDED:
            actions.include(actor=actor, items=[found])
        else:
            actions.exclude(actor=actor, items=[found], reason=request.POST.get("reason", ""))
    except LabelingError as error:
        messages.error(request, error.reason)
    return redirect("items-item", slug, item_id)


@login_required
def upload(request: HttpRequest, slug: str) -> HttpResponse:
    """Where files are dropped, and what became of earlier ones."""
    project = project_for(request.user, slug, Role.OWNER)
    shown = [reads.progress(one) for one in reads.uploads(project)[:UPLOADS_SHOWN]]
    return render(request, "items/upload.html", {"project": project, "uploads": shown})


@login_required
def upload_files(request: HttpRequest, slug: str, upload_id: int) -> HttpResponse:
    """What became of each file of one upload."""
    project = project_for(request.user, slug, Role.OWNER)
    found = reads.upload_for(project, upload_id)
    outcome = request.GET.get("outcome", "")
    files = reads.files_of(found, outcome if outcome in Outcome.values else "").select_related("item")
    told = reads.progress(found)
    context = {
        "project": project, "upload": told, "outcome": outcome, "outcomes": Outcome.choices,
        "page": reads.stretch(files, FILES_A_PAGE, **_mark(request)),
    }  # fmt: skip
    return render(request, "items/upload_files.html", context)


@login_required
@require_POST
def resume(request: HttpRequest, slug: str, upload_id: int) -> HttpResponse:
    """Go on with an upload that stopped."""
    project = project_for(request.user, slug, Role.OWNER)
    try:
        actions.resume_upload(actor=cast(User, request.user), upload=reads.upload_for(project, upload_id))
        messages.success(request, _("Going on where it stopped."))
    except LabelingError as error:
        messages.error(request, error.reason)
    return redirect("items-upload-files", slug, upload_id)
