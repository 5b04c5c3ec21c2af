"""Pages of the next version: writing it with a preview beside it, and leaving it again."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from labeling.errors import LabelingError
from labeling.guidelines import actions, reads
from labeling.guidelines.compare import Row, rows
from labeling.guidelines.forms import EditForm, class_drafts
from labeling.guidelines.markdown import to_html
from labeling.guidelines.models import Draft, GuidelineVersion
from labeling.projects.classes import ClassDraft
from labeling.projects.models import LabelRole, Project, Role
from labeling.projects.reads import project_for
from labeling.projects.sign_in import signed_in


@login_required
def edit(request: HttpRequest, slug: str) -> HttpResponse:
    """Write the draft of the next version; a refusal keeps everything typed."""
    project = project_for(request.user, slug, Role.OWNER)
    draft = reads.draft(project)
    form = EditForm(request.POST if request.method == "POST" else None, initial=_initial(draft))
    context = {"project": project, "draft": draft, "form": form, "classes": _classes(draft)}
    if form.is_bound and form.is_valid():
        try:
            _save(request, project, form)
        except LabelingError as error:
            context |= _refused(request, project, form, error)
        else:
            messages.success(request, _("Saved as a draft. Annotators see nothing of it until it is published."))
            return redirect("guideline-publish" if "publish" in request.POST else "guideline-edit", slug)
    elif form.is_bound:
        context["classes"] = class_drafts(request.POST)
    text = form.data.get("text", "") if form.is_bound else draft.text
    return render(request, "guidelines/edit.html", context | {"html": to_html(text)})


@login_required
@require_POST
def preview(request: HttpRequest, slug: str) -> HttpResponse:
    """What Markdown looks like to annotators; nothing is kept."""
    project_for(request.user, slug, Role.OWNER)
    return HttpResponse(to_html(request.POST.get("text", "")[: actions.LONGEST_TEXT]))


@login_required
@require_POST
def discard(request: HttpRequest, slug: str) -> HttpResponse:
    """Throw the draft away as it was seen."""
    project = project_for(request.user, slug, Role.OWNER)
    seen = request.POST.get("revision", "")
    try:
        actions.discard_draft(
            actor=signed_in(request), project=project, revision=int(seen) if seen.isdecimal() else -1
        )
        messages.success(request, _("The draft is gone."))
    except LabelingError as error:
        messages.error(request, error.reason)
        return redirect("guideline-edit", slug)
    return redirect("guideline", slug)


def _save(request: HttpRequest, project: Project, form: EditForm) -> Draft:
    return actions.save_draft(
        actor=signed_in(request), project=project, classes=class_drafts(request.POST), **form.cleaned_data
    )


def _refused(request: HttpRequest, project: Project, form: EditForm, error: LabelingError) -> dict[str, Any]:
    """What the page shows after a refusal: the classes as typed, and the other's words where there are such."""
    form.add_error(error.field if error.field in ("question", "text") else None, error.reason)
    typed = class_drafts(request.POST)
    if not isinstance(error, actions.EditedMeanwhile):
        return {"classes": typed}
    data = request.POST.copy()  # saving again is then a choice made with both in sight
    data["base_number"], data["revision"] = str(reads.current(project).number), str(reads.draft(project).revision)
    form.data = data
    theirs = error.newest
    return {
        "classes": _with_additions(project, form, typed, theirs), "theirs": theirs, "reason": error.reason,
        "text_rows": rows(theirs.text, form.cleaned_data["text"].replace("\r\n", "\n")),
        "question_rows": rows(theirs.question, form.cleaned_data["question"]), "class_rows": _class_rows(theirs, typed),
    }  # fmt: skip


def _class_rows(theirs: Any, typed: list[ClassDraft]) -> list[Row]:
    lines = [f"{each['key']}  {each['name']}" for each in theirs.classes if each.get("role", "class") == "class"]
    return rows("\n".join(lines), "\n".join(f"{draft.key}  {draft.name}" for draft in typed))


def _with_additions(
    project: Project, form: EditForm, typed: list[ClassDraft], theirs: GuidelineVersion | Draft
) -> list[ClassDraft]:
    """The rows typed, and the classes that the other added: saving now must not leave them out unseen."""
    base = reads.version(project, form.cleaned_data["base_number"])
    known = {each["id"] for each in base.classes}
    names = {draft.name for draft in typed}
    added = [each for each in theirs.classes if each.get("role", LabelRole.CLASS) == LabelRole.CLASS]
    added = [each for each in added if each["id"] not in known and each["name"] not in names]
    return typed + [ClassDraft(each["name"], each["key"], each["id"]) for each in added]


def _classes(draft: Draft) -> list[ClassDraft]:
    return [ClassDraft(**one) for one in draft.classes]


def _initial(draft: Draft) -> dict[str, Any]:
    return {
        "base_number": draft.base.number, "revision": draft.revision, "question": draft.question, "text": draft.text,
        "with_none": draft.with_none, "with_unsure": draft.with_unsure, "change": draft.change,
    }  # fmt: skip
