"""The model's page and a run's page: parse, call one action, answer."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_POST

from labeling.errors import LabelingError, NotFound
from labeling.figures.reads import page_figure
from labeling.items.models import Item
from labeling.projects.forms import attempt, posted
from labeling.projects.models import Role
from labeling.projects.reads import project_for
from labeling.projects.sign_in import signed_in
from labeling.registry.actions import promote, roll_back
from labeling.registry.models import ModelVersion
from labeling.registry.reads import previous, promoted, version_for
from labeling.training.actions import Trigger, cancel, set_policy, start_run
from labeling.training.curves import events_of
from labeling.training.folders import KINDS, place, shown
from labeling.training.forms import PolicyForm
from labeling.training.models import Run
from labeling.training.reads import new_verified, policy_of, run_for, under_way
from labeling.training.run_view import seen
from labeling.training.tasks import ask_why, hand_over

FILE_SECONDS = 3600
RUNS_SHOWN = VERSIONS_SHOWN = 30
FRESH = page_figure("model.fresh", new_verified)


@login_required
def model(request: HttpRequest, slug: str) -> HttpResponse:
    """Which model speaks, and what was trained."""
    project = project_for(request.user, slug, Role.OWNER)
    runs = Run.objects.filter(project=project).select_related("model_version", "actor").order_by("-number")
    versions = ModelVersion.objects.filter(project=project)
    context = {
        "project": project, "policy": policy_of(project), "speaking": promoted(project), "before": previous(project),
        "versions": versions.select_related("run").order_by("-number")[:VERSIONS_SHOWN],
        "runs": runs[:RUNS_SHOWN], "running": under_way(project),
        "fresh": FRESH.of(project),
    }  # fmt: skip
    return render(request, "training/model.html", context)


@login_required
def policy(request: HttpRequest, slug: str) -> HttpResponse:
    """When it is retrained by itself, how, and what a new model has to show."""
    project = project_for(request.user, slug, Role.OWNER)
    form = PolicyForm(posted(request), project, policy_of(project))
    saved = attempt(form, set_policy, actor=signed_in(request), project=project) if form.is_bound else None
    if saved is not None:
        messages.success(request, _("Saved."))
        return redirect("model", slug)
    return render(request, "training/policy.html", {"project": project, "form": form})


@login_required
@require_POST
def start(request: HttpRequest, slug: str) -> HttpResponse:
    """Begin a retrain and go to where it is seen."""
    project = project_for(request.user, slug, Role.OWNER)
    begun = start_run(actor=signed_in(request), project=project, trigger=Trigger.OWNER)
    hand_over(begun)
    return redirect("model-run", slug, begun.number)


@login_required
@require_POST
def promote_version(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """The owner overrules the gate, or goes back to any model."""
    project = project_for(request.user, slug, Role.OWNER)
    try:
        promote(actor=signed_in(request), version=version_for(project, number))
        messages.success(request, _("Model %(number)s speaks from now on.") % {"number": number})
    except LabelingError as error:
        messages.error(request, error.reason)
    return redirect("model", slug)


@login_required
@require_POST
def back(request: HttpRequest, slug: str) -> HttpResponse:
    """One model back."""
    project = project_for(request.user, slug, Role.OWNER)
    try:
        version = roll_back(actor=signed_in(request), project=project)
        messages.success(request, _("Model %(number)s speaks again.") % {"number": version.number})
    except LabelingError as error:
        messages.error(request, error.reason)
    return redirect("model", slug)


@login_required
def run(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """One retrain as it goes on, or as it went."""
    project = project_for(request.user, slug, Role.OWNER)
    return render(request, "training/run.html", seen(project, run_for(project, number)))


@login_required
def live(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """The parts of the run's page that change."""
    project = project_for(request.user, slug, Role.OWNER)
    return render(request, "training/run_live.html", seen(project, run_for(project, number)))


@login_required
@require_POST
def stop(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """Cancel a run."""
    project = project_for(request.user, slug, Role.OWNER)
    try:
        cancel(actor=signed_in(request), run=run_for(project, number))
    except LabelingError as error:
        messages.error(request, error.reason)
    return redirect("model-run", slug, number)


@login_required
@cache_control(private=True, max_age=FILE_SECONDS)
def file(request: HttpRequest, slug: str, number: int, kind: str, name: str) -> HttpResponse | FileResponse:
    """A picture or sound that belongs to a run."""
    project = project_for(request.user, slug, Role.OWNER)
    path = shown(run_for(project, number), kind, name)
    return FileResponse(path.open("rb"), content_type=KINDS[path.suffix])


@login_required
def events(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """The curve as TensorBoard reads it."""
    project = project_for(request.user, slug, Role.OWNER)
    name, data = events_of(run_for(project, number))
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(data, content_type="application/octet-stream", headers=headers)


@login_required
@require_POST
def why(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """Ask the worker where the run's model looks in one item."""
    project = project_for(request.user, slug, Role.OWNER)
    asked = run_for(project, number)
    wanted = request.POST.get("item", "")
    item = Item.objects.filter(project=project, pk=int(wanted) if wanted.isdecimal() else 0).first()
    if item is None or asked.model_version is None:
        messages.error(request, _("There is no such item in this project, or no model of this run."))
        return redirect("model-run", slug, number)
    ask_why(asked, item)
    return redirect("model-run-why", slug, number, item.pk)


@login_required
def why_item(request: HttpRequest, slug: str, number: int, item_id: int) -> HttpResponse:
    """One item, and where the run's model looked in it, once the worker has told."""
    project = project_for(request.user, slug, Role.OWNER)
    asked = run_for(project, number)
    item = Item.objects.filter(project=project, pk=item_id).select_related("blob").first()
    if item is None:
        raise NotFound("no such item", field="item")
    there = (place(asked, "why") / f"{item.pk}.png").is_file()
    return render(request, "training/why.html", {"project": project, "run": asked, "item": item, "there": there})
