"""Publishing a guideline, for programs: what it would cost, doing it, taking it back."""

from typing import Any, cast

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from labeling.consensus.freshness import Cost, cost
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
