"""The owner's pages of experiments: drafting, watching, deciding."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from labeling.errors import BadInput, LabelingError, NotFound
from labeling.oz import actions, reads
from labeling.oz.forms import DraftForm, ServiceForm, VariantForm
from labeling.oz.models import Experiment, ExperimentState, Origin, Part, Seat
from labeling.oz.pages import with_html
from labeling.oz.standing import standing
from labeling.projects.forms import attempt, posted
from labeling.projects.models import Project, Role
from labeling.projects.reads import active_labels, members, project_for, role_in
from labeling.projects.sign_in import signed_in

Deed = Callable[[HttpRequest, User, Experiment], str]


@login_required
def experiments(request: HttpRequest, slug: str) -> HttpResponse:
    """Every experiment with one's own part in it; owners draft new ones here."""
    project = project_for(request.user, slug)
    owner = role_in(request.user, project) == Role.OWNER
    form = DraftForm(posted(request) if owner else None)
    made = attempt(form, actions.draft, actor=signed_in(request), project=project) if form.is_bound else None
    if made is not None:
        return redirect("experiments-one", slug, made.number)
    seats = dict(Seat.objects.filter(user=signed_in(request)).values_list("experiment", "part"))
    rows = [(row, seats.get(row.pk, "")) for row in reads.experiments(project) if owner or row.pk in seats]
    return render(request, "oz/experiments.html", {"project": project, "form": form, "rows": rows, "owner": owner})


@login_required
def experiment(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """One experiment: what it looks for, how it stands, what to do next."""
    project = project_for(request.user, slug, Role.OWNER)
    return _page(request, project, reads.experiment_for(project, number))


def _page(
    request: HttpRequest, project: Project, row: Experiment, variant_form: VariantForm | None = None
) -> HttpResponse:
    seated = {seat.user_id: seat for seat in row.seats.select_related("user")}
    service = reads.service_of(project)
    context: dict[str, Any] = {
        "project": project, "experiment": row, "variants": with_html(row), "form": variant_form or VariantForm(),
        "seats": sorted(seated.values(), key=lambda seat: (seat.part, seat.user.username)), "parts": Part.choices,
        "free": [each.user for each in members(project) if each.user_id not in seated],
        "inputs": row.inputs.count(), "on_duty": reads.on_duty(row).select_related("user"),
        "progress": reads.progress(row), "verdict": standing(row), "service": service,
        "service_form": ServiceForm(initial={name: getattr(service, name) for name in ServiceForm.base_fields}),
        "disputed": row.precedents.filter(clear=False).select_related("input__blob", "label", "decided_by"),
        "labels": active_labels(project), "comments": reads.comments(row),
        "draft": row.state == ExperimentState.DRAFT,
        "can_graduate": row.state in (ExperimentState.RUNNING, ExperimentState.ENDED),
    }  # fmt: skip
    return render(request, "oz/experiment.html", context)


@login_required
@require_POST
def variant(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """Write a variant; a refusal keeps everything typed."""
    project = project_for(request.user, slug, Role.OWNER)
    row = reads.experiment_for(project, number)
    form = VariantForm(request.POST)
    made = attempt(form, actions.write_variant, actor=signed_in(request), experiment=row)
    if made is None:
        return _page(request, project, row, form)
    messages.success(request, _("Variant %(letter)s is written.") % {"letter": made.letter})
    return redirect("experiments-one", slug, number)


@login_required
@require_POST
def deed(request: HttpRequest, slug: str, number: int, verb: str) -> HttpResponse:
    """Do one thing to an experiment and say what came of it."""
    project = project_for(request.user, slug, Role.OWNER)
    row = reads.experiment_for(project, number)
    if verb not in DEEDS:
        raise NotFound("no such deed", field="verb")
    try:
        messages.success(request, DEEDS[verb](request, signed_in(request), row))
    except LabelingError as error:
        messages.error(request, error.reason)
    return redirect("experiments-one", slug, number)


def _drop(request: HttpRequest, actor: User, row: Experiment) -> str:
    actions.drop_variant(actor=actor, experiment=row, letter=request.POST.get("letter", ""))
    return _("The variant is gone.")


def _person(request: HttpRequest, row: Experiment) -> User:
    user = User.objects.filter(pk=_number(request, "user"), memberships__project=row.project).first()
    if user is None:
        raise BadInput(_("Choose a member of the project."), field="user")
    return user


def _number(request: HttpRequest, name: str) -> int:
    value = request.POST.get(name, "")
    return int(value) if value.isdecimal() else 0


def _seat(request: HttpRequest, actor: User, row: Experiment) -> str:
    made = actions.seat(
        actor=actor, experiment=row, user=_person(request, row), part=request.POST.get("part", "")
    )
    return _("%(name)s takes part: %(part)s.") % {"name": made.user, "part": made.get_part_display()}


def _unseat(request: HttpRequest, actor: User, row: Experiment) -> str:
    actions.unseat(actor=actor, experiment=row, user=_person(request, row))
    return _("They take no part any more; what they answered stays.")


def _inputs(request: HttpRequest, actor: User, row: Experiment) -> str:
    """Each file by itself: one that is refused keeps no other from coming in."""
    refused = []
    files = request.FILES.getlist("files")
    for file in files:
        try:
            actions.bring_file(
                actor=actor, project=row.project, experiment=row, name=file.name or "input", data=file.read(),
                origin=Origin.UPLOADED,
            )  # fmt: skip
        except BadInput as error:
            refused.append(f"{file.name}: {error.reason}")
    if row.state == ExperimentState.RUNNING:
        actions.top_up(experiment=row)
    if refused:
        raise BadInput(" ".join(refused), field="files")
    return ngettext("%(n)d file is in.", "%(n)d files are in.", len(files)) % {"n": len(files)}


def _sample(request: HttpRequest, actor: User, row: Experiment) -> str:
    drawn = actions.add_sample(actor=actor, experiment=row, count=_number(request, "count"))
    if row.state == ExperimentState.RUNNING:
        actions.top_up(experiment=row)
    return ngettext("%(n)d item was drawn.", "%(n)d items were drawn.", len(drawn)) % {"n": len(drawn)}


def _start(request: HttpRequest, actor: User, row: Experiment) -> str:
    actions.start(actor=actor, experiment=row)
    return _("It runs: wizards may come on duty, and callers are answered.")


def _end(request: HttpRequest, actor: User, row: Experiment) -> str:
    actions.end(actor=actor, experiment=row)
    return _("It is over; whoever still waited was told so.")


def _graduate(request: HttpRequest, actor: User, row: Experiment) -> str:
    done = actions.graduate(
        actor=actor, experiment=row, letter=request.POST.get("letter", ""), why=request.POST.get("why", "")
    )
    return _("Graduated: version %(number)d of the guideline holds from now on.") % {"number": done.guideline_number}


def _decide(request: HttpRequest, actor: User, row: Experiment) -> str:
    actions.decide(
        actor=actor, experiment=row, precedent_id=_number(request, "precedent"), label_id=_number(request, "label"),
        because=request.POST.get("because", ""),
    )  # fmt: skip
    return _("Decided; it is an example of the guideline now.")


def _service(request: HttpRequest, actor: User, row: Experiment) -> str:
    form = ServiceForm(request.POST)
    if not form.is_valid():
        raise BadInput(_("Some of these figures cannot be used."), field="source")
    actions.set_service(actor=actor, project=row.project, **form.cleaned_data)
    return _("Saved.")


DEEDS: dict[str, Deed] = {
    "drop": _drop, "seat": _seat, "unseat": _unseat, "inputs": _inputs, "sample": _sample, "start": _start,
    "end": _end, "graduate": _graduate, "decide": _decide, "service": _service,
}  # fmt: skip
