"""Handing items out again, and a person's answers that are to weigh nothing."""

from typing import Any, cast

from django.contrib.auth.models import User
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from labeling.consensus import actions
from labeling.consensus.choice import Which, chosen_items
from labeling.projects.models import Member, Role
from labeling.projects.reads import former_or_present, project_for


class RequeueIn(serializers.Serializer[dict[str, object]]):
    items = serializers.ListField(
        child=serializers.IntegerField(min_value=1), required=False, allow_empty=False, max_length=10_000
    )
    which = serializers.ChoiceField(choices=Which.choices, required=False)
    person = serializers.IntegerField(min_value=1, required=False, help_text="Whose items: a user's id.")


class RequeuedOut(serializers.Serializer[dict[str, object]]):
    requeued = serializers.IntegerField()


class WeightOut(serializers.Serializer[Member]):
    user_id = serializers.IntegerField()
    discounted_at = serializers.DateTimeField(allow_null=True)


class RequeueView(APIView):
    @extend_schema(request=RequeueIn, responses=RequeuedOut)
    def post(self, request: Request, slug: str) -> Response:
        """Ask for one more answer to items: those named, those of one kind, or those of one person."""
        project = project_for(request.user, slug, Role.OWNER)
        parsed = RequeueIn(data=request.data)
        parsed.is_valid(raise_exception=True)
        item_ids = chosen_items(project, **cast(dict[str, Any], parsed.validated_data))
        done = actions.requeue(actor=cast(User, request.user), project=project, item_ids=item_ids)
        return Response({"requeued": done})


class DiscountView(APIView):
    @extend_schema(request=None, responses=WeightOut)
    def post(self, request: Request, slug: str, user_id: int) -> Response:
        """Let a person's answers weigh nothing; nothing is deleted, and what rested on them is asked again."""
        project = project_for(request.user, slug, Role.OWNER)
        user = former_or_present(project, user_id).user
        member = actions.discount(actor=cast(User, request.user), project=project, user=user)
        return Response(WeightOut(member).data)

    @extend_schema(request=None, responses=WeightOut)
    def delete(self, request: Request, slug: str, user_id: int) -> Response:
        """Let a person's answers weigh again."""
        project = project_for(request.user, slug, Role.OWNER)
        user = former_or_present(project, user_id).user
        member = actions.restore(actor=cast(User, request.user), project=project, user=user)
        return Response(WeightOut(member).data)
