"""The owner's overview, people's hours, and an item's history."""

import csv

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from labeling.consensus.evidence import yardstick
from labeling.figures.reads import BETWEEN
from labeling.projects.models import Role
from labeling.projects.reads import active_labels, project_for, role_in
from labeling.studio.chart import accuracy_chart
from labeling.studio.cost_curve import cost_curve
from labeling.studio.forecast import forecast
from labeling.studio.history import history
from labeling.studio.hours import day, hours, said
from labeling.studio.learnt import learnt
from labeling.studio.next_step import next_step
from labeling.studio.reads import overview
from labeling.work.why import why

COLUMNS = ("name", "role", "answers", "taken_back", "skips", "seconds", "median_seconds")


@login_required
def overview_page(request: HttpRequest, slug: str) -> HttpResponse:
    """How far, can I trust it, what does it cost, is the model better, what next."""
    project = project_for(request.user, slug, Role.OWNER)
    seen = overview(project)
    context = {
        "seen": seen, "chart": accuracy_chart(seen.models), "step": next_step(project, seen),
        "forecast": forecast(project), "curve": cost_curve(project), "learnt": learnt(project),
    }  # fmt: skip
    part = request.headers.get("HX-Request") == "true"
    return render(request, "studio/figures.html" if part else "studio/overview.html", {"project": project, **context})


@login_required
def hours_page(request: HttpRequest, slug: str) -> HttpResponse:
    """Counts and hours by person over a span of days, on the page or as CSV."""
    project = project_for(request.user, slug, Role.OWNER)
    first, last = request.GET.get("first", ""), request.GET.get("last", "")
    rows = hours(project, day(first, "first"), day(last, "last"))
    if request.GET.get("format") == "csv":
        answer = HttpResponse(content_type="text/csv; charset=utf-8")
        answer["Content-Disposition"] = f'attachment; filename="{project.slug}-hours.csv"'
        writer = csv.writer(answer)
        writer.writerow(COLUMNS)
        writer.writerows([guarded(str(getattr(row, column))) for column in COLUMNS] for row in rows)
        return answer
    days = BETWEEN.join(said(day(first, "first"), day(last, "last")))
    context = {"rows": rows, "first": first, "last": last, "days": days}
    return render(request, "studio/hours.html", {"project": project, **context})


def guarded(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{cell}" if cell[:1] in "=+-@\t\r" and cell else cell


@login_required
def history_page(request: HttpRequest, slug: str, item_id: int) -> HttpResponse:
    """Everything that was said of one item; experts see it too, since they decide disputes."""
    project = project_for(request.user, slug, Role.OWNER, Role.EXPERT)
    context = {
        "project": project, "story": history(project, item_id), "labels": active_labels(project),
        "owner": role_in(request.user, project) == Role.OWNER,
        "why": why(project, [item_id]).get(item_id, []), "bar": yardstick(project).verified_from(project),
    }  # fmt: skip
    return render(request, "studio/history.html", context)
