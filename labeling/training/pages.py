"""The model's page and a run's page: parse, call one action, answer."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from labeling.errors import LabelingError
from labeling.projects.forms import attempt, posted
from labeling.projects.models import Project, Role
from labeling.projects.reads import project_for
from labeling.projects.sign_in import signed_in
from labeling.registry.actions import promote, roll_back
from labeling.registry.models import ModelVersion
from labeling.registry.reads import previous, promoted, version_for
from labeling.training.actions import Trigger, cancel, set_policy, start_run
from labeling.training.forms import PolicyForm
from labeling.training.matrix import growing, judged
from labeling.training.models import Run, RunState
from labeling.training.reads import UNDER_WAY, new_verified, policy_of, run_for, under_way
from labeling.training.tasks import hand_over

RUNS_SHOWN = 30


@login_required
def model(request: HttpRequest, slug: str) -> HttpResponse:
    """Which model speaks, what was trained, and when it happens by itself; POST sets the schedule."""
    project = project_for(request.user, slug, Role.OWNER)
    held = policy_of(project)
    form = PolicyForm(posted(request), initial={name: getattr(held, name) for name in PolicyForm.base_fields})
    saved = attempt(form, set_policy, actor=signed_in(request), project=project) if form.is_bound else None
    if saved is not None:
        messages.success(request, _("Saved."))
        return redirect("model", slug)
    runs = Run.objects.filter(project=project).select_related("model_version", "actor").order_by("-number")
    context = {
        "project": project, "form": form, "speaking": promoted(project), "before": previous(project),
        "versions": ModelVersion.objects.filter(project=project).select_related("run").order_by("-number"),
        "runs": runs[:RUNS_SHOWN], "running": under_way(project), "fresh": new_verified(project),
    }  # fmt: skip
    return render(request, "training/model.html", context)


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
    return render(request, "training/run.html", _seen(project, run_for(project, number)))


@login_required
def live(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """The parts of the run's page that change."""
    project = project_for(request.user, slug, Role.OWNER)
    return render(request, "training/run_live.html", _seen(project, run_for(project, number)))


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


def _seen(project: Project, seen: Run) -> dict[str, object]:
    points = [{key: value for key, value in point.items() if key != "confusion"} for point in seen.curve]
    took = seen.finished_at - seen.started_at if seen.finished_at and seen.started_at else None
    return {
        "project": project, "run": seen, "took": took and took.total_seconds(),
        "going": seen.state in UNDER_WAY, "growing": growing(seen),
        "judged": judged(seen), "points": points, "last": points[-1] if points else None,
        "failed": seen.state == RunState.FAILED,
    }  # fmt: skip
