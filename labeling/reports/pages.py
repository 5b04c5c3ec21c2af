"""Pages of questions from the floor."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from labeling.errors import BadInput, LabelingError
from labeling.projects.models import LabelRole, Project, Role
from labeling.projects.reads import active_labels, project_for, role_in
from labeling.projects.sign_in import signed_in
from labeling.reports import actions, reads
from labeling.reports.forms import AnswerForm
from labeling.reports.models import Thread, ThreadState


@login_required
def questions(request: HttpRequest, slug: str) -> HttpResponse:
    """Owners see every question by likeness; the others see their own, and what was answered."""
    project = project_for(request.user, slug)
    owner = role_in(request.user, project) == Role.OWNER
    rows = reads.threads(project) if owner else reads.threads_of(signed_in(request), project)
    context = {
        "project": project, "threads": rows, "owner": owner,
        "waiting": [row for row in rows if row.state == ThreadState.OPEN],
        "labels": [label for label in active_labels(project) if label.role != LabelRole.UNSURE],
    }  # fmt: skip
    return render(request, "reports/questions.html", context)


@login_required
@require_POST
def answer(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """A rule or an example for the next version, or an answer without a change."""
    project = project_for(request.user, slug, Role.OWNER)
    form = AnswerForm(request.POST)
    try:
        if not form.is_valid():
            raise BadInput(_("Those who asked need an answer."), field="words")
        answered(signed_in(request), project, pk, **form.cleaned_data)
        messages.success(request, _("Answered. A rule or an example is told to those who asked once it is published."))
    except LabelingError as error:
        messages.error(request, error.reason)
    return redirect("questions", slug)


@login_required
@require_POST
def merge(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Two questions that are one: the flags of this one go to the other."""
    project = project_for(request.user, slug, Role.OWNER)
    into = request.POST.get("into", "")
    try:
        kept = actions.merge(
            actor=signed_in(request), project=project, thread_id=pk, into_id=int(into) if into.isdecimal() else 0
        )
        messages.success(request, _("Now both are question %(pk)d.") % {"pk": kept.pk})
    except LabelingError as error:
        messages.error(request, error.reason)
    return redirect("questions", slug)


def answered(
    actor: User, project: Project, pk: int, *, kind: str, words: str, item_id: int | None, label_id: int | None,
    fits: bool | str,
) -> Thread:  # fmt: skip
    """The action that the kind of answer names."""
    if kind == "example":
        return actions.answer_by_example(
            actor=actor, project=project, thread_id=pk, item_id=item_id or 0, label_id=label_id or 0, fits=fits is True,
            words=words,
        )  # fmt: skip
    act = actions.close if kind == "close" else actions.answer_by_rule
    return act(actor=actor, project=project, thread_id=pk, words=words)
