"""The review page's API: claim what is disputed; answers, undo and skips go the way of all others."""

from typing import cast

from django.contrib.auth.models import User
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from labeling.assignments import actions as assignments
from labeling.assignments.actions.review import MOST_AT_ONCE
from labeling.projects.models import Role
from labeling.projects.reads import project_for
from labeling.work.review import left_to_review, review_payloads
from labeling.work.serializers import LeaseOut


class ReviewClaimIn(serializers.Serializer[dict[str, object]]):
    count = serializers.IntegerField(min_value=1, max_value=MOST_AT_ONCE, default=1)


class SaidOut(serializers.Serializer[dict[str, object]]):
    who = serializers.CharField()
    said = serializers.CharField()
    refused = serializers.BooleanField()
    right = serializers.FloatField(allow_null=True, help_text="P(it is so | this person says so).")
    basis = serializers.IntegerField()
    counts = serializers.BooleanField()
    saw_suggestion = serializers.BooleanField()
    at = serializers.DateTimeField()


class LikelyOut(serializers.Serializer[dict[str, object]]):
    name = serializers.CharField()
    probability = serializers.FloatField()


class ReviewOut(serializers.Serializer[dict[str, object]]):
    answers = SaidOut(many=True)
    posterior = LikelyOut(many=True)
    why = serializers.ListField(child=serializers.CharField(), help_text="Why it is asked, in sentences.")
    heldout = serializers.BooleanField()
    supposed = serializers.CharField(allow_null=True)


class ReviewLeaseOut(LeaseOut):
    review = ReviewOut()


class ReviewClaimOut(serializers.Serializer[dict[str, object]]):
    leases = ReviewLeaseOut(many=True)
    left = serializers.IntegerField()
    state = serializers.ChoiceField(choices=["work", "nothing-now", "done"])


class LeftOut(serializers.Serializer[dict[str, object]]):
    left = serializers.IntegerField()


class ReviewView(APIView):
    @extend_schema(responses=LeftOut)
    def get(self, request: Request, slug: str) -> Response:
        """How many disputed items wait for this person."""
        project = project_for(request.user, slug, Role.EXPERT)
        return Response({"left": left_to_review(cast(User, request.user), project)})

    @extend_schema(request=ReviewClaimIn, responses=ReviewClaimOut)
    def post(self, request: Request, slug: str) -> Response:
        """Lease disputed items, each with what was said of it; the answers to them settle them."""
        project, actor = project_for(request.user, slug, Role.EXPERT), cast(User, request.user)
        parsed = ReviewClaimIn(data=request.data)
        parsed.is_valid(raise_exception=True)
        count = cast(dict[str, int], parsed.validated_data)["count"]
        leases = assignments.claim_disputed(actor=actor, project=project, count=count)
        left = left_to_review(actor, project)
        state = "work" if leases else "nothing-now" if left else "done"
        return Response({"leases": review_payloads(project, leases), "left": left, "state": state})
