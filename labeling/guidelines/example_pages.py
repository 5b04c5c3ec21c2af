"""The page of examples: those of the draft, by class, and a way to add one."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from labeling.guidelines import actions, reads
from labeling.guidelines.forms import ExampleForm
from labeling.guidelines.models import Draft, Example
from labeling.items.models import Item, ItemState
from labeling.projects.forms import attempt, posted
from labeling.projects.models import LabelRole, Project, Role
from labeling.projects.reads import active_labels, project_for
from labeling.projects.sign_in import signed_in

CHOICE = 24  # items offered at once


@login_required
def examples(request: HttpRequest, slug: str) -> HttpResponse:
    """What the next version shows of each class; POST adds one, of an item or of a file brought along."""
    project = project_for(request.user, slug, Role.OWNER)
    labels = [label for label in active_labels(project) if label.role != LabelRole.UNSURE]
    form = ExampleForm(posted(request), request.FILES or None, labels=labels, initial=_asked(request))
    if form.is_bound and attempt(form, _add, actor=signed_in(request), project=project) is not None:
        messages.success(request, _("Added to the draft. Annotators see it once the draft is published."))
        return redirect("guideline-examples", slug)
    draft = reads.draft(project)
    context = {
        "project": project, "form": form, "draft": draft, "examples": reads.shown_examples(project, draft.example_ids),
        "items": _offered(project, request.GET.get("q", "")), "q": request.GET.get("q", ""), "removable": True,
    }  # fmt: skip
    return render(request, "guidelines/examples_page.html", context)


@login_required
@require_POST
def remove(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Leave an example out of the next version."""
    project = project_for(request.user, slug, Role.OWNER)
    actions.change_examples(
        actor=signed_in(request), project=project, change=lambda ids: [one for one in ids if one != pk]
    )
    messages.success(request, _("Left out of the next version."))
    return redirect("guideline-examples", slug)


def _add(*, actor: Any, project: Project, item: int | None, file: Any, **given: Any) -> Draft:
    """The example and its place in the draft."""
    made: Example
    if file is not None:
        made = actions.upload_example(actor=actor, project=project, name=file.name, data=file.read(), **given)
    else:
        made = actions.add_example(actor=actor, project=project, item_id=item or 0, **given)
    return actions.change_examples(actor=actor, project=project, change=lambda ids: [*ids, made.pk])


def _asked(request: HttpRequest) -> dict[str, str]:
    """The item that a link of another page came with."""
    item = request.GET.get("item", "")
    return {"item": item} if item.isdecimal() else {}


def _offered(project: Project, words: str) -> list[Item]:
    """The newest items, or those whose name has these words."""
    rows = Item.objects.filter(project=project, state=ItemState.READY).select_related("blob")
    return list((rows.filter(name__icontains=words) if words else rows).order_by("-pk")[:CHOICE])
