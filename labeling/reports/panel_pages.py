"""Audience fit: its page, the panel's own questions, and what people say of themselves."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from labeling.errors import LabelingError
from labeling.guidelines.reads import current
from labeling.projects.forms import attempt
from labeling.projects.models import Role
from labeling.projects.reads import active_labels, project_for
from labeling.projects.sign_in import signed_in
from labeling.reports import actions
from labeling.reports.audience import ALARMS, FEWEST_PEOPLE, fit
from labeling.reports.forms import AttributeForm
from labeling.reports.models import Attribute, Declaration, PanelItem


@login_required
def audience(request: HttpRequest, slug: str) -> HttpResponse:
    """On what groups differ from the panel; POST asks people one more thing of themselves."""
    project = project_for(request.user, slug, Role.OWNER)
    form = AttributeForm(request.POST if request.method == "POST" else None)
    if form.is_bound and attempt(form, actions.set_attribute, actor=signed_in(request), project=project) is not None:
        messages.success(request, _("People may say it of themselves from now on."))
        return redirect("audience", slug)
    context = {
        "project": project, "form": form, "fit": fit(project), "fewest": FEWEST_PEOPLE, "alarms": ALARMS,
        "attributes": Attribute.objects.filter(project=project).order_by("name"),
    }  # fmt: skip
    return render(request, "reports/audience.html", context)


@login_required
@require_POST
def draw(request: HttpRequest, slug: str) -> HttpResponse:
    """Draw the panel's sample by chance, up to the number given."""
    project = project_for(request.user, slug, Role.OWNER)
    count = request.POST.get("count", "")
    try:
        made = actions.draw_sample(
            actor=signed_in(request), project=project, count=int(count) if count.isdecimal() else 0
        )
        messages.success(request, _("%(n)d more items stand before the panel.") % {"n": made})
    except LabelingError as error:
        messages.error(request, error.reason)
    return redirect("audience", slug)


@login_required
@require_POST
def forget(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Ask it no more, and forget what was said."""
    project = project_for(request.user, slug, Role.OWNER)
    actions.remove_attribute(actor=signed_in(request), project=project, attribute_id=pk)
    messages.success(request, _("It is asked no more, and what was said is forgotten."))
    return redirect("audience", slug)


@login_required
def panel(request: HttpRequest, slug: str) -> HttpResponse:
    """One item of the sample after another, without anybody else's opinion; POST answers."""
    project = project_for(request.user, slug, Role.OWNER, Role.EXPERT)
    if request.method == "POST":
        given = [request.POST.get(name, "") for name in ("panel_item", "label")]
        numbers = [int(one) if one.isdecimal() else 0 for one in given]
        try:
            actions.answer_as_panel(
                actor=signed_in(request), project=project, panel_item_id=numbers[0], label_id=numbers[1]
            )
        except LabelingError as error:
            messages.error(request, error.reason)
        return redirect("panel", slug)
    rows = PanelItem.objects.filter(project=project).exclude(answers__user=signed_in(request))
    context = {
        "project": project, "row": rows.select_related("item__blob").order_by("pk").first(), "left": rows.count(),
        "labels": active_labels(project), "guideline": current(project),
    }  # fmt: skip
    return render(request, "reports/panel.html", context)


@login_required
def about_me(request: HttpRequest, slug: str) -> HttpResponse:
    """What one says of oneself, if one likes; seen by nobody else."""
    project = project_for(request.user, slug)
    asked = list(Attribute.objects.filter(project=project).order_by("name"))
    if request.method == "POST":
        for attribute in asked:
            value = request.POST.get(f"attribute-{attribute.pk}", "")
            if value in attribute.choices:
                actions.declare(actor=signed_in(request), project=project, attribute_id=attribute.pk, value=value)
            else:
                actions.take_back(actor=signed_in(request), project=project, attribute_id=attribute.pk)
        messages.success(request, _("Saved. Nobody else sees it."))
        return redirect("myself", slug)
    said = dict(Declaration.objects.filter(
        attribute__in=asked, member__user=signed_in(request)
    ).values_list("attribute_id", "value"))  # fmt: skip
    rows = [(attribute, said.get(attribute.pk, "")) for attribute in asked]
    return render(request, "reports/about_me.html", {"project": project, "rows": rows, "fewest": FEWEST_PEOPLE})
