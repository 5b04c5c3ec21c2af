"""Pages of guidelines: reading one, editing it, and what changed from version to version."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from labeling.errors import LabelingError
from labeling.guidelines import actions, reads
from labeling.guidelines.compare import Row, compare, rows
from labeling.guidelines.forms import EditForm, ProjectForm, class_drafts
from labeling.guidelines.markdown import to_html
from labeling.guidelines.models import GuidelineVersion
from labeling.projects.classes import ClassDraft
from labeling.projects.forms import attempt, posted
from labeling.projects.models import LabelRole, Project, Role
from labeling.projects.reads import active_labels, project_for, role_in
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
    context = {
        "project": project, "version": newest, "html": to_html(newest.text),
        "owner": role_in(request.user, project) == Role.OWNER,
    }  # fmt: skip
    return render(request, "guidelines/guideline.html", context)


@login_required
def versions(request: HttpRequest, slug: str) -> HttpResponse:
    """Every version, newest first."""
    project = project_for(request.user, slug)
    return render(request, "guidelines/versions.html", {"project": project, "versions": reads.versions(project)})


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
    }  # fmt: skip
    return render(request, "guidelines/version.html", context)


@login_required
def edit(request: HttpRequest, slug: str) -> HttpResponse:
    """Write the next version; a refusal keeps everything typed."""
    project = project_for(request.user, slug, Role.OWNER)
    newest = reads.current(project)
    form = EditForm(posted(request), initial=_initial(project, newest))
    context = {"project": project, "version": newest, "form": form, "classes": _drafts(project)}
    if form.is_bound and form.is_valid():
        try:
            written = _write(request, project, form)
        except LabelingError as error:
            context |= _refused(request, project, form, error)
        else:
            messages.success(request, _("Version %(number)d holds from now on.") % {"number": written.number})
            return redirect("guideline", slug)
    elif form.is_bound:
        context["classes"] = class_drafts(request.POST)
    return render(request, "guidelines/edit.html", context)


def _write(request: HttpRequest, project: Project, form: EditForm) -> GuidelineVersion:
    return actions.edit(
        actor=signed_in(request), project=project, classes=class_drafts(request.POST),
        retire_in_use="retire_in_use" in request.POST, **form.cleaned_data,
    )  # fmt: skip


def _refused(request: HttpRequest, project: Project, form: EditForm, error: LabelingError) -> dict[str, Any]:
    """What the page shows after a refusal: the classes as typed, and the other's version where there is one."""
    form.add_error(error.field if error.field in ("question", "text") else None, error.reason)
    typed = class_drafts(request.POST)
    if not isinstance(error, actions.EditedMeanwhile) or not isinstance(error.newest, GuidelineVersion):
        return {"classes": typed, "in_use": error.field == "retire_in_use"}
    data = request.POST.copy()
    data["base_number"] = str(error.newest.number)  # saving again is then a choice made with both in sight
    form.data = data
    return {"classes": _with_additions(project, form, typed), "theirs": error.newest, **_beside(error, form, typed)}


def _beside(error: actions.EditedMeanwhile, form: EditForm, typed: list[ClassDraft]) -> dict[str, list[Row]]:
    theirs = "\n".join(f"{each['key']}  {each['name']}" for each in error.newest.classes if each["role"] == "class")
    return {
        "text_rows": rows(error.newest.text, form.cleaned_data["text"].replace("\r\n", "\n")),
        "question_rows": rows(error.newest.question, form.cleaned_data["question"]),
        "class_rows": rows(theirs, "\n".join(f"{draft.key}  {draft.name}" for draft in typed)),
    }


def _with_additions(project: Project, form: EditForm, typed: list[ClassDraft]) -> list[ClassDraft]:
    """The rows typed, and the classes that the other added: saving now must not retire them unseen."""
    base = reads.version(project, form.cleaned_data["base_number"])
    known = {each["id"] for each in base.classes}
    return typed + [draft for draft in _drafts(project) if draft.id not in known]


def _drafts(project: Project) -> list[ClassDraft]:
    labels = active_labels(project)
    return [ClassDraft(label.name, label.key, label.pk) for label in labels if label.role == LabelRole.CLASS]


def _initial(project: Project, newest: GuidelineVersion) -> dict[str, Any]:
    roles = {label.role for label in active_labels(project)}
    return {
        "base_number": newest.number, "question": newest.question, "text": newest.text,
        "with_none": LabelRole.NONE in roles, "with_unsure": LabelRole.UNSURE in roles,
    }  # fmt: skip
