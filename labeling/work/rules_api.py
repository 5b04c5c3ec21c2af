"""Rules about people over the API: what their page does."""

from dataclasses import asdict
from typing import Any, cast

from django.contrib.auth.models import User
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from labeling.annotations.actions import remove_rule, set_rule
from labeling.annotations.models import Act, Measure, Rule
from labeling.annotations.reads import Standing, rules_of, standings
from labeling.assignments import actions as assignments
from labeling.assignments.models import Clearance, ClearanceState, TrustPolicy
from labeling.assignments.permits import trust_policy
from labeling.projects.models import Role
from labeling.projects.reads import former_or_present, project_for


class RuleShape(serializers.ModelSerializer[Rule]):
    measure = serializers.ChoiceField(choices=Measure.choices)
    act = serializers.ChoiceField(choices=Act.choices)
    milliseconds = serializers.IntegerField(allow_null=True, required=False)
    least = serializers.IntegerField()

    class Meta:
        model = Rule
        fields = ("measure", "act", "threshold", "least", "milliseconds", "active")
        validators: tuple[object, ...] = ()  # a rule is told by its measure and act: saying it again changes it


class TrustShape(serializers.ModelSerializer[TrustPolicy]):
    class Meta:
        model = TrustPolicy
        fields = ("gold_shares", "gold_step", "quiz_items", "quiz_mark", "quiz_limit", "feedback_after")


class StandIn(serializers.Serializer[dict[str, Any]]):
    act = serializers.ChoiceField(choices=["lift", "pause", "quiz"])
    reason = serializers.CharField(required=False, max_length=300, default="The project's owner asked for it.")


class ClearanceOut(serializers.ModelSerializer[Clearance]):
    state = serializers.ChoiceField(choices=ClearanceState.choices)

    class Meta:
        model = Clearance
        fields = ("state", "reason", "since")


def _given(shape: serializers.BaseSerializer[Any]) -> dict[str, Any]:
    shape.is_valid(raise_exception=True)
    return cast(dict[str, Any], shape.validated_data)


class RulesView(APIView):
    @extend_schema(responses=RuleShape(many=True))
    def get(self, request: Request, slug: str) -> Response:
        """The project's rules."""
        return Response(RuleShape(rules_of(project_for(request.user, slug, Role.OWNER)), many=True).data)

    @extend_schema(request=RuleShape, responses=RuleShape)
    def put(self, request: Request, slug: str) -> Response:
        """Change the rule with this measure and act, or make it."""
        project = project_for(request.user, slug, Role.OWNER)
        given = _given(RuleShape(data=request.data))
        return Response(RuleShape(set_rule(actor=cast(User, request.user), project=project, **given)).data)


class RuleView(APIView):
    @extend_schema(responses=RuleShape)
    def delete(self, request: Request, slug: str, measure: str, act: str) -> Response:
        """Take an added rule away; those that every project has can only be switched off."""
        project, actor = project_for(request.user, slug, Role.OWNER), cast(User, request.user)
        return Response(RuleShape(remove_rule(actor=actor, project=project, measure=measure, act=act)).data)


class TrustView(APIView):
    @extend_schema(responses=TrustShape)
    def get(self, request: Request, slug: str) -> Response:
        """How often gold comes up, the entry quiz, and feedback."""
        return Response(TrustShape(trust_policy(project_for(request.user, slug, Role.OWNER))).data)

    @extend_schema(request=TrustShape, responses=TrustShape)
    def patch(self, request: Request, slug: str) -> Response:
        """Change some of it."""
        project = project_for(request.user, slug, Role.OWNER)
        given = _given(TrustShape(data=request.data, partial=True))
        policy = assignments.set_trust(actor=cast(User, request.user), project=project, **given)
        return Response(TrustShape(policy).data)


class StandingsView(APIView):
    @extend_schema(responses={200: {"type": "array", "items": {"type": "object"}}})
    def get(self, request: Request, slug: str) -> Response:
        """Every annotator: state, figures with their intervals, and what rules did."""
        project = project_for(request.user, slug, Role.OWNER)
        return Response([_standing(row) for row in standings(project)])


def _standing(row: Standing) -> dict[str, Any]:
    return {
        "user": row.user.pk, "username": row.user.username,
        "state": row.clearance.state if row.clearance else ClearanceState.CLEARED,
        "reason": row.clearance.reason if row.clearance else "",
        "figures": {measure: asdict(seen) if seen else None for measure, seen in row.figures},
        "findings": [
            {"measure": one.rule.measure, "act": one.act, "figure": one.figure, "low": one.low, "high": one.high,
             "count": one.count, "threshold": one.threshold, "at": one.at}
            for one in row.findings
        ],
    }  # fmt: skip


class StandView(APIView):
    @extend_schema(request=StandIn, responses=ClearanceOut)
    def post(self, request: Request, slug: str, user_id: int) -> Response:
        """Let somebody work again, pause them, or send them through the quiz."""
        project = project_for(request.user, slug, Role.OWNER)
        given, actor = _given(StandIn(data=request.data)), cast(User, request.user)
        person = former_or_present(project, user_id).user
        if given["act"] == "lift":
            return Response(ClearanceOut(assignments.lift(actor=actor, project=project, user=person)).data)
        act = assignments.pause if given["act"] == "pause" else assignments.repeat_quiz
        return Response(ClearanceOut(act(actor=actor, project=project, user=person, reason=given["reason"])).data)
