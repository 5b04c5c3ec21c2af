"""The panel, and what people say of themselves, for programs."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from labeling.projects.api import caller, parsed
from labeling.projects.models import Role
from labeling.projects.reads import project_for
from labeling.reports import actions
from labeling.reports.audience import Fit, GroupExcess, fit
from labeling.reports.models import Attribute, Declaration, PanelItem
from ml.truth.audience import Excess


class AttributeIn(serializers.Serializer[Any]):
    name = serializers.CharField(max_length=80)
    choices = serializers.ListField(child=serializers.CharField(), max_length=100)


class AttributeOut(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    name = serializers.CharField()
    choices = serializers.ListField(child=serializers.CharField())
    mine = serializers.CharField(allow_blank=True, help_text="What the caller said of themselves; empty: nothing.")


class SayIn(serializers.Serializer[Any]):
    value = serializers.CharField()


class ExcessOut(serializers.Serializer[Any]):
    value = serializers.FloatField(allow_null=True, help_text="Disagreement with the panel beyond the panel's own.")
    low = serializers.FloatField(allow_null=True)
    high = serializers.FloatField(allow_null=True)
    differs = serializers.BooleanField()
    items = serializers.IntegerField()


class ClassExcessOut(ExcessOut):
    name = serializers.CharField()
    instead = serializers.CharField(allow_blank=True, help_text="What the group says most often in its place.")
    share = serializers.FloatField()


class GroupOut(serializers.Serializer[Any]):
    attribute = serializers.CharField(allow_blank=True, help_text="Empty: all annotators.")
    value = serializers.CharField(allow_blank=True)
    people = serializers.IntegerField()
    overall = ExcessOut()
    classes = ClassExcessOut(many=True)


class AudienceOut(serializers.Serializer[Any]):
    items = serializers.IntegerField()
    answered = serializers.IntegerField(help_text="Items that two of the panel have answered.")
    panel = serializers.IntegerField()
    suppressed = serializers.IntegerField(help_text="Groups too small to be shown.")
    groups = GroupOut(many=True)


class DrawIn(serializers.Serializer[Any]):
    count = serializers.IntegerField()


class DrawnOut(serializers.Serializer[Any]):
    drawn = serializers.IntegerField()


class PanelOut(serializers.Serializer[Any]):
    left = serializers.IntegerField()
    panel_item = serializers.IntegerField(allow_null=True)
    item = serializers.IntegerField(allow_null=True)
    media = serializers.CharField(allow_null=True)


class PanelIn(serializers.Serializer[Any]):
    panel_item = serializers.IntegerField()
    label = serializers.IntegerField()  # type: ignore[assignment]  # a field named as DRF names its own


class AttributesView(APIView):
    @extend_schema(responses=AttributeOut(many=True))
    def get(self, request: Request, slug: str) -> Response:
        """What people may say of themselves here, and what the caller said."""
        project = project_for(request.user, slug)
        said = dict(Declaration.objects.filter(
            attribute__project=project, member__user=caller(request)
        ).values_list("attribute_id", "value"))  # fmt: skip
        asked = Attribute.objects.filter(project=project).order_by("name")
        return Response([_attribute(row, said.get(row.pk, "")) for row in asked])

    @extend_schema(request=AttributeIn, responses=AttributeOut)
    def post(self, request: Request, slug: str) -> Response:
        """Ask one more thing, or change its choices; what no longer fits is forgotten."""
        project = project_for(request.user, slug, Role.OWNER)
        row = actions.set_attribute(actor=caller(request), project=project, **parsed(AttributeIn, request))
        return Response(_attribute(row, ""))


def _attribute(row: Attribute, mine: str) -> dict[str, Any]:
    return {"id": row.pk, "name": row.name, "choices": row.choices, "mine": mine}


class AttributeView(APIView):
    @extend_schema(responses={204: None})
    def delete(self, request: Request, slug: str, pk: int) -> Response:
        """Ask it no more, and forget what was said."""
        project = project_for(request.user, slug, Role.OWNER)
        actions.remove_attribute(actor=caller(request), project=project, attribute_id=pk)
        return Response(status=204)


class MineView(APIView):
    @extend_schema(request=SayIn, responses={204: None})
    def put(self, request: Request, slug: str, pk: int) -> Response:
        """Say it of oneself; nobody else sees it."""
        project = project_for(request.user, slug)
        actions.declare(actor=caller(request), project=project, attribute_id=pk, **parsed(SayIn, request))
        return Response(status=204)

    @extend_schema(responses={204: None})
    def delete(self, request: Request, slug: str, pk: int) -> Response:
        """Say it no more."""
        actions.take_back(actor=caller(request), project=project_for(request.user, slug), attribute_id=pk)
        return Response(status=204)


class AudienceView(APIView):
    @extend_schema(responses=AudienceOut)
    def get(self, request: Request, slug: str) -> Response:
        """Where groups of annotators differ from the panel, on what, and by how much."""
        return Response(_fit(fit(project_for(request.user, slug, Role.OWNER))))


def _fit(found: Fit) -> dict[str, Any]:
    return {
        "items": found.items, "answered": found.answered, "panel": found.panel, "suppressed": found.suppressed,
        "groups": [_group(group) for group in found.groups],
    }  # fmt: skip


def _group(group: GroupExcess) -> dict[str, Any]:
    classes = [
        {"name": row.name, "instead": row.instead, "share": row.share, **_excess(row.excess)} for row in group.classes
    ]
    return {
        "attribute": group.attribute, "value": group.value, "people": group.people, "classes": classes,
        "overall": _excess(group.overall),
    }  # fmt: skip


def _excess(found: Excess) -> dict[str, Any]:
    """JSON has no NaN: null where nothing can be said."""
    values = {"value": found.value, "low": found.low, "high": found.high}
    told = {name: value if value == value else None for name, value in values.items()}
    return {**told, "differs": bool(found.differs), "items": found.n_items}


class SampleView(APIView):
    @extend_schema(request=DrawIn, responses=DrawnOut)
    def post(self, request: Request, slug: str) -> Response:
        """Draw the panel's sample by chance, until it holds `count` items."""
        project = project_for(request.user, slug, Role.OWNER)
        drawn = actions.draw_sample(actor=caller(request), project=project, **parsed(DrawIn, request))
        return Response({"drawn": drawn})


class PanelView(APIView):
    @extend_schema(responses=PanelOut)
    def get(self, request: Request, slug: str) -> Response:
        """The next item of the sample that the caller has not answered, without anybody else's opinion."""
        project = project_for(request.user, slug, Role.OWNER, Role.EXPERT)
        rows = PanelItem.objects.filter(project=project).exclude(answers__user=caller(request)).order_by("pk")
        row = rows.first()
        media = f"/api/v1/projects/{slug}/items/{row.item_id}/media" if row else None
        return Response({
            "left": rows.count(), "panel_item": row.pk if row else None, "item": row.item_id if row else None,
            "media": media,
        })  # fmt: skip

    @extend_schema(request=PanelIn, responses={204: None})
    def post(self, request: Request, slug: str) -> Response:
        """Answer an item as one of the panel; the first answer stays."""
        project = project_for(request.user, slug, Role.OWNER, Role.EXPERT)
        given = parsed(PanelIn, request)
        actions.answer_as_panel(
            actor=caller(request), project=project, panel_item_id=given["panel_item"], label_id=given["label"]
        )
        return Response(status=204)
