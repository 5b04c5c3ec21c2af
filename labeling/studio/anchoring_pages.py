"""The anchoring meter before the owner: who is led astray by suggestions, what they save, and what to do about it."""

import math
from dataclasses import asdict
from typing import Any, cast

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import User
from django.db.models import Max
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from labeling.annotations.anchoring import PersonReading, Reading, reading
from labeling.annotations.models import Measure
from labeling.annotations.reads import rules_of
from labeling.assignments.actions import set_showing
from labeling.assignments.models import Manner, Viewing
from labeling.errors import LabelingError
from labeling.figures.reads import page_figure
from labeling.projects.models import Project, Role
from labeling.projects.reads import former_or_present, project_for


@login_required
def anchoring_page(request: HttpRequest, slug: str) -> HttpResponse:
    """How often a wrong suggestion is followed beyond the same mistake made blind; time saved; agreement shift."""
    project = project_for(request.user, slug, Role.OWNER)
    told = READING.of(project)
    rules = [rule for rule in rules_of(project) if rule.measure == Measure.ANCHORING]
    saved = told.blind_seconds * (1 - told.pace.value)
    context = {
        "project": project, "told": told, "rules": rules, "manners": Manner, "limit": min(r.threshold for r in rules),
        "saved": saved if math.isfinite(saved) else None,
    }  # fmt: skip
    return render(request, "studio/anchoring.html", context)


@login_required
@require_POST
def showing(request: HttpRequest, slug: str, user_id: int) -> HttpResponse:
    """The owner shows somebody suggestions in another manner."""
    project = project_for(request.user, slug, Role.OWNER)
    user = former_or_present(project, user_id).user
    try:
        set_showing(
            actor=cast(User, request.user), project=project, user=user, manner=request.POST.get("manner", ""),
            reason=_("Set by the owner."),
        )  # fmt: skip
        said = _("From the next claim on %(name)s is shown suggestions in that manner.")
        messages.success(request, said % {"name": user.get_username()})
    except LabelingError as error:
        messages.error(request, error.reason)
    return redirect("anchoring", slug)


class RateOut(serializers.Serializer[dict[str, Any]]):
    value = serializers.FloatField(allow_null=True)
    low = serializers.FloatField(allow_null=True)
    high = serializers.FloatField(allow_null=True)
    shown = serializers.IntegerField()
    blind = serializers.IntegerField()


class AnchoredOut(serializers.Serializer[dict[str, Any]]):
    user_id = serializers.IntegerField()
    name = serializers.CharField()
    copying = RateOut()
    pace = RateOut(help_text="Time with the suggestion over time without.")
    agreement = RateOut(help_text="With the model: share with the suggestion minus share without.")
    manner = serializers.ChoiceField(choices=Manner.choices)


class AnchoringOut(serializers.Serializer[dict[str, Any]]):
    copying = RateOut(help_text="Of all: a wrong suggestion followed beyond the blind rate of that same wrong class.")
    accepted = serializers.FloatField(allow_null=True)
    unasked = serializers.FloatField(allow_null=True)
    pace = RateOut()
    agreement = RateOut()
    people = AnchoredOut(many=True)


class ShowingIn(serializers.Serializer[dict[str, Any]]):
    manner = serializers.ChoiceField(choices=Manner.choices)
    glance_ms = serializers.IntegerField(required=False, allow_null=True, min_value=1)


class ShowingOut(serializers.Serializer[Viewing]):
    manner = serializers.CharField()
    glance_ms = serializers.IntegerField(allow_null=True)
    reason = serializers.CharField()
    since = serializers.DateTimeField()


class AnchoringView(APIView):
    @extend_schema(responses=AnchoringOut)
    def get(self, request: Request, slug: str) -> Response:
        """The anchoring meter: all together and by person, with intervals; what is not known is null."""
        return Response(_figures(READING.of(project_for(request.user, slug, Role.OWNER))))


class ShowingView(APIView):
    @extend_schema(request=ShowingIn, responses=ShowingOut)
    def put(self, request: Request, slug: str, user_id: int) -> Response:
        """Show somebody suggestions as usual, after a first glance, less often, or not at all."""
        project = project_for(request.user, slug, Role.OWNER)
        parsed = ShowingIn(data=request.data)
        parsed.is_valid(raise_exception=True)
        given = cast(dict[str, Any], parsed.validated_data)
        user = former_or_present(project, user_id).user
        row = set_showing(actor=cast(User, request.user), project=project, user=user, **given)
        return Response(ShowingOut(row).data)


def _changed(project: Project) -> str:
    """When how somebody is shown suggestions last changed."""
    at = Viewing.objects.filter(project=project).aggregate(at=Max("since"))["at"]
    return at.isoformat() if at else ""


READING = page_figure("anchoring.reading", reading, _changed)


def _figures(told: Reading) -> dict[str, Any]:
    whole: dict[str, Any] = {
        "copying": asdict(told.meter.overall), "accepted": told.meter.accepted, "unasked": told.meter.unasked,
        "pace": asdict(told.pace), "agreement": asdict(told.agreement), "people": [_person(row) for row in told.people],
    }  # fmt: skip
    return cast(dict[str, Any], _finite(whole))


def _person(row: PersonReading) -> dict[str, Any]:
    return {
        "user_id": row.user.pk, "name": row.user.get_username(), "copying": asdict(row.copying),
        "pace": asdict(row.pace), "agreement": asdict(row.agreement),
        "manner": row.showing.manner if row.showing else Manner.USUAL.value,
    }  # fmt: skip


def _finite(value: Any) -> Any:
    """JSON knows no NaN."""
    if isinstance(value, dict):
        return {name: _finite(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_finite(inner) for inner in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
