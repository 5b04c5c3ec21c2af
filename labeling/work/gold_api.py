"""Gold over the API: for owners and experts, who know it anyway."""

from typing import Any, cast

from django.contrib.auth.models import User
from drf_spectacular.utils import extend_schema
from rest_framework import generics, serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from labeling.assignments.models import Gold, GoldSource
from labeling.assignments.reads import gold_of
from labeling.projects.models import Role
from labeling.projects.reads import project_for
from labeling.work import actions
from labeling.work.reads import drawn_for_gold


class GoldIn(serializers.Serializer[dict[str, Any]]):
    item = serializers.IntegerField(min_value=1)
    label = serializers.IntegerField(min_value=1)  # type: ignore[assignment]  # the API's word is Field's too
    source = serializers.ChoiceField(  # type: ignore[assignment]  # the API's word is Field's too
        choices=GoldSource.choices, default=GoldSource.OWNER
    )


class GoldOut(serializers.ModelSerializer[Gold]):
    item = serializers.IntegerField(source="item_id")
    label = serializers.IntegerField(source="label_id")  # type: ignore[assignment]  # the API's word is Field's too
    source = serializers.ChoiceField(choices=GoldSource.choices)  # type: ignore[assignment]  # the API's word again
    author = serializers.CharField(source="author.username")

    class Meta:
        model = Gold
        fields = ("id", "item", "label", "source", "author", "created_at", "retired_at")


class GoldsView(generics.ListAPIView[Gold]):
    serializer_class = GoldOut
    queryset = Gold.objects.none()

    def get_queryset(self) -> Any:
        """What is in use, newest first."""
        return gold_of(project_for(self.request.user, self.kwargs["slug"], Role.OWNER, Role.EXPERT))

    @extend_schema(request=GoldIn, responses={201: GoldOut})
    def post(self, request: Request, slug: str) -> Response:
        """Make an item gold."""
        project = project_for(request.user, slug, Role.OWNER, Role.EXPERT)
        parsed = GoldIn(data=request.data)
        parsed.is_valid(raise_exception=True)
        given = cast(dict[str, Any], parsed.validated_data)
        gold = actions.add_gold(
            actor=cast(User, request.user), project=project, item_id=given["item"], label_id=given["label"],
            source=given["source"],
        )  # fmt: skip
        return Response(GoldOut(gold).data, status=201)


class DrawnOut(serializers.Serializer[dict[str, Any]]):
    item = serializers.IntegerField(allow_null=True, help_text="Null where every item is gold or held out.")


class DrawView(APIView):
    @extend_schema(responses=DrawnOut)
    def get(self, request: Request, slug: str) -> Response:
        """An item by chance, of those that are neither gold nor held out: to be said what it is by who knows."""
        item = drawn_for_gold(project_for(request.user, slug, Role.OWNER, Role.EXPERT))
        return Response({"item": item.pk if item else None})


class GoldView(APIView):
    @extend_schema(responses=GoldOut)
    def delete(self, request: Request, slug: str, gold_id: int) -> Response:
        """Retire it: the row stays, and says since when it is not used."""
        project = project_for(request.user, slug, Role.OWNER, Role.EXPERT)
        gold = actions.retire_gold(actor=cast(User, request.user), project=project, gold_id=gold_id)
        return Response(GoldOut(gold).data)
