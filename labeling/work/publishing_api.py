"""Publishing a guideline, for programs: what it would cost, doing it, taking it back."""

from typing import Any, cast

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from labeling.consensus.freshness import Cost, cost
from labeling.consensus.versions import by_version
from labeling.guidelines import actions
from labeling.guidelines.actions import What
from labeling.guidelines.models import Affects
from labeling.guidelines.serializers import VersionOut
from labeling.projects.api import caller, parsed
from labeling.projects.models import Role
from labeling.projects.reads import project_for


class WhatIn(serializers.Serializer[Any]):
    """Which answers the new version puts out of date."""

    affects = serializers.ChoiceField(choices=Affects.choices, default=Affects.NOTHING)
    label_ids = serializers.ListField(child=serializers.IntegerField(), required=False, max_length=1000)


class PublishIn(WhatIn):
    revision = serializers.IntegerField(help_text="Of the draft that was looked at.")
    retire_in_use = serializers.BooleanField(default=False)


class CostOut(serializers.Serializer[Cost]):
    answers = serializers.IntegerField()
    items = serializers.IntegerField()
    verified = serializers.IntegerField()
    again = serializers.IntegerField()
    minutes = serializers.FloatField()


class AgreementOut(serializers.Serializer[Any]):
    number = serializers.IntegerField()
    answers = serializers.IntegerField()
    fresh = serializers.IntegerField(help_text="Answers that no later version put out of date.")
    people = serializers.IntegerField()
    alpha = serializers.FloatField(allow_null=True, help_text="Krippendorff's; null where it is not defined.")
    low = serializers.FloatField(allow_null=True)
    high = serializers.FloatField(allow_null=True)


class AgreementView(APIView):
    @extend_schema(responses=AgreementOut(many=True))
    def get(self, request: Request, slug: str) -> Response:
        """How far people agreed under each version that has answers, the newest first."""
        rows = by_version(project_for(request.user, slug, Role.OWNER))
        return Response([
            {"number": row.version.number, "answers": row.answers, "fresh": row.fresh, "people": row.people,
             "alpha": _number(row.alpha.value), "low": _number(row.alpha.low), "high": _number(row.alpha.high)}
            for row in rows
        ])  # fmt: skip


def _number(value: float) -> float | None:
    """JSON has no NaN."""
    return value if value == value else None


class CostView(APIView):
    @extend_schema(request=WhatIn, responses=CostOut)
    def post(self, request: Request, slug: str) -> Response:
        """What such a version would put out of date, and the time it takes to ask again; nothing is changed."""
        project = project_for(request.user, slug, Role.OWNER)
        what = _what(parsed(WhatIn, request))
        what.check(project)
        return Response(CostOut(cost(project, what)).data)


class PublishView(APIView):
    @extend_schema(request=PublishIn, responses={201: VersionOut})
    def post(self, request: Request, slug: str) -> Response:
        """Make the draft the version that holds."""
        project = project_for(request.user, slug, Role.OWNER)
        body = parsed(PublishIn, request)
        version = actions.publish_draft(
            actor=caller(request), project=project, revision=body["revision"], retire_in_use=body["retire_in_use"],
            what=_what(body),
        )  # fmt: skip
        return Response(VersionOut(version).data, status=201)


class WithdrawView(APIView):
    @extend_schema(request=None, responses={201: VersionOut})
    def post(self, request: Request, slug: str, number: int) -> Response:
        """Take the version that holds back."""
        project = project_for(request.user, slug, Role.OWNER)
        version = actions.withdraw(actor=caller(request), project=project, number=number)
        return Response(VersionOut(version).data, status=201)


def _what(body: dict[str, Any]) -> What:
    return What(cast(str, body["affects"]), tuple(body.get("label_ids", ())))
