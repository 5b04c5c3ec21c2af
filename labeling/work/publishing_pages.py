"""Publishing a guideline: what changed, what it costs, how far people agree by version; and taking one back."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from labeling.consensus.freshness import cost
from labeling.consensus.versions import by_version
from labeling.errors import LabelingError
from labeling.guidelines import actions, reads
from labeling.guidelines.actions import What
from labeling.guidelines.compare import compare_draft
from labeling.guidelines.models import Affects
from labeling.projects.models import Project, Role
from labeling.projects.reads import active_labels, project_for
from labeling.projects.sign_in import signed_in
from labeling.work.forms import PublishForm


@login_required
def publish(request: HttpRequest, slug: str) -> HttpResponse:
    """The draft beside what holds, and what each answer to "what changed?" would cost; POST publishes as confirmed."""
    project = project_for(request.user, slug, Role.OWNER)
    draft, labels = reads.draft(project), active_labels(project)
    form = PublishForm(request.POST or request.GET or None, labels=labels)
    in_use, asked = "", form.is_bound and form.is_valid()
    if asked and request.method == "POST":
        try:
            version = actions.publish_draft(actor=signed_in(request), project=project, **form.given())
            messages.success(request, _("Version %(number)d holds from now on.") % {"number": version.number})
            return redirect("guideline", slug)
        except LabelingError as error:
            form.add_error(None, error.reason)
            in_use = error.reason if error.field == "retire_in_use" else ""
    context = {
        "project": project, "draft": draft, "form": form, "labels": labels, "comparison": compare_draft(draft),
        "in_use": in_use, "cost": _cost(project, form) if asked else None, "kinds": Affects,
        "before": reads.shown_examples(project, draft.base.example_ids),
        "after": reads.shown_examples(project, draft.example_ids),
    }  # fmt: skip
    return render(request, "work/publish.html", context)


def _cost(project: Project, form: PublishForm) -> Any:
    try:
        what: What = form.given()["what"]
        what.check(project)
        return cost(project, what)
    except LabelingError as error:
        form.add_error(None, error.reason)
        return None


@login_required
@require_POST
def withdraw(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """Take the version that holds back."""
    project = project_for(request.user, slug, Role.OWNER)
    try:
        version = actions.withdraw(
            actor=signed_in(request), project=project, number=number,
            change=_("Version %(number)d taken back") % {"number": number},
        )  # fmt: skip
        messages.success(request, _("Version %(number)d says again what stood before.") % {"number": version.number})
    except LabelingError as error:
        messages.error(request, error.reason)
    return redirect("guideline", slug)


@login_required
def agreement(request: HttpRequest, slug: str) -> HttpResponse:
    """How far people agreed under each version."""
    project = project_for(request.user, slug, Role.OWNER)
    return render(request, "work/versions_agreement.html", {"project": project, "rows": by_version(project)})
