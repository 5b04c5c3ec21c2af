"""The overview's figures and people's hours as JSON."""

import math
from dataclasses import asdict
from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_serializer
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from labeling.projects.models import Role
from labeling.projects.reads import project_for
from labeling.studio.hours import day, hours
from labeling.studio.reads import Trust, overview


@extend_schema_serializer(component_name="ProjectProgress")
class ProgressOut(serializers.Serializer[dict[str, Any]]):
    items = serializers.IntegerField()
    verified = serializers.IntegerField()
    disputed = serializers.IntegerField()
    unanswered = serializers.IntegerField()
    waiting = serializers.IntegerField()
    faulty = serializers.IntegerField()
    left = serializers.IntegerField()


class CostOut(serializers.Serializer[dict[str, Any]]):
    answers = serializers.IntegerField()
    taken_back = serializers.IntegerField()
    skips = serializers.IntegerField()
    per_label = serializers.FloatField(allow_null=True)
    last_hour = serializers.IntegerField()
    people_now = serializers.IntegerField()


class TrustOut(serializers.Serializer[dict[str, Any]]):
    stated_precision = serializers.FloatField(allow_null=True)
    alpha = serializers.FloatField(allow_null=True)
    alpha_low = serializers.FloatField(allow_null=True)
    alpha_high = serializers.FloatField(allow_null=True)


class JudgedOut(serializers.Serializer[dict[str, Any]]):
    number = serializers.IntegerField()
    created_at = serializers.DateTimeField()
    state = serializers.CharField()
    accuracy = serializers.FloatField()
    low = serializers.FloatField()
    high = serializers.FloatField()
    items = serializers.IntegerField()


class OverviewOut(serializers.Serializer[dict[str, Any]]):
    progress = ProgressOut()
    cost = CostOut()
    trust = TrustOut()
    models = JudgedOut(many=True)


class HoursOut(serializers.Serializer[dict[str, Any]]):
    user_id = serializers.IntegerField()
    name = serializers.CharField()
    role = serializers.CharField()
    member = serializers.BooleanField()
    answers = serializers.IntegerField()
    taken_back = serializers.IntegerField()
    skips = serializers.IntegerField()
    seconds = serializers.FloatField()
    median_seconds = serializers.FloatField(allow_null=True)


class OverviewView(APIView):
    @extend_schema(responses=OverviewOut)
    def get(self, request: Request, slug: str) -> Response:
        """Progress, cost, trust and the models' accuracy."""
        project = project_for(request.user, slug, Role.OWNER)
        seen = overview(project)
        figures = {"progress": asdict(seen.progress), "cost": asdict(seen.cost), "trust": _trust(seen.trust)}
        return Response({**figures, "models": [asdict(model) for model in seen.models]})


def _trust(found: Trust) -> dict[str, float | None]:
    """NaN, where nothing can be said, is null."""
    alpha = found.agreement.alpha if found.agreement else None
    figures = (alpha.value, alpha.low, alpha.high) if alpha else (None, None, None)
    told = [None if value is None or math.isnan(value) else value for value in figures]
    return {"stated_precision": found.stated, **dict(zip(("alpha", "alpha_low", "alpha_high"), told, strict=True))}


class HoursView(APIView):
    @extend_schema(
        parameters=[OpenApiParameter("first", OpenApiTypes.DATE), OpenApiParameter("last", OpenApiTypes.DATE)],
        responses=HoursOut(many=True),
    )
    def get(self, request: Request, slug: str) -> Response:
        """Counts and seconds by person from the first day to the last, both included."""
        project = project_for(request.user, slug, Role.OWNER)
        first, last = (day(request.query_params.get(name, ""), name) for name in ("first", "last"))
        return Response([asdict(row) for row in hours(project, first, last)])
