"""Pages of those who take part: the wizard's console and the try-it page."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from labeling.errors import LabelingError, NotAllowed
from labeling.guidelines.markdown import to_html
from labeling.oz import actions, reads
from labeling.oz.forms import JudgementForm
from labeling.oz.models import Experiment, ExperimentState, Input, Part, Showing, Variant
from labeling.oz.texts import CONSOLE, TRY
from labeling.projects.reads import project_for
from labeling.projects.sign_in import signed_in


@login_required
@never_cache
def console(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """What callers ask, one at a time, with the rule of its variant in view."""
    project = project_for(request.user, slug)
    experiment = reads.experiment_for(project, number)
    if reads.part_of(request.user, experiment) != Part.WIZARD:
        raise NotAllowed("You are no wizard of this experiment.")
    page = {
        "api": f"/api/v1/projects/{slug}/console/{number}/shifts/", "token": get_token(request),
        "medium": project.medium, "texts": CONSOLE,
    }  # fmt: skip
    context = {"project": project, "experiment": experiment, "variants": with_html(experiment), "page": page}
    return render(request, "oz/console.html", context)


def with_html(experiment: Experiment) -> list[dict[str, Any]]:
    """The variants as pages show them, their text sanitised."""
    return [
        {"letter": each.letter, "question": each.question, "html": to_html(each.text), "classes": each.classes}
        for each in experiment.variants.all()
    ]


@login_required
@never_cache
def try_it(request: HttpRequest, slug: str) -> HttpResponse:
    """Ask by hand what a product would ask by the API."""
    project = project_for(request.user, slug)
    page = {"api": f"/api/v1/projects/{slug}/predict", "token": get_token(request), "texts": TRY}
    service = reads.service_of(project)
    return render(request, "oz/try.html", {"project": project, "service": service, "page": page})


@login_required
@never_cache
def rate(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """What a variant made of the inputs, as its product would show it, without saying which variant it is."""
    project = project_for(request.user, slug)
    experiment = reads.experiment_for(project, number)
    if reads.part_of(request.user, experiment) != Part.RATER:
        raise NotAllowed("You are no end user of this experiment.")
    if request.method == "POST":
        _rate(request, experiment)
        return redirect("experiments-rate", slug, number)
    rows = Showing.objects.filter(experiment=experiment, rater=signed_in(request)).select_related("first", "second")
    showing = rows.filter(judgement=None).first()
    context = {
        "project": project, "experiment": experiment, "showing": showing, "judged": rows.count() if not showing else 0,
        "sides": sides(showing) if showing else [], "stars": range(1, 6),
        "all": len(actions.pairs(experiment)), "over": experiment.state == ExperimentState.GRADUATED,
    }  # fmt: skip
    return render(request, "oz/rate.html", context)


def _rate(request: HttpRequest, experiment: Experiment) -> None:
    """Store the verdict that was sent, if any, and open the next showing."""
    form = JudgementForm(request.POST)
    try:
        if "showing_id" in request.POST and form.is_valid():
            actions.judge(actor=signed_in(request), experiment=experiment, **form.cleaned_data)
            messages.success(request, _("Thank you."))
        actions.show(actor=signed_in(request), experiment=experiment)
    except LabelingError as error:
        messages.error(request, error.reason)


def sides(showing: Showing) -> list[tuple[str, list[tuple[Input, str]]]]:
    """Left, then right: the inputs with what each got. Nothing tells which variant is which."""
    pair: list[Variant | None] = [showing.first, showing.second]
    names = [_("Left"), _("Right")] if showing.second else [_("The outcome")]
    ids = [pk for rows in showing.outcomes.values() for pk, _said in rows]
    inputs = Input.objects.select_related("blob").in_bulk(ids)
    shown = pair if showing.first_left else pair[::-1]
    rows = [showing.outcomes[str(each.pk)] for each in shown if each is not None]
    return [(name, [(inputs[pk], said) for pk, said in row]) for name, row in zip(names, rows, strict=True)]
