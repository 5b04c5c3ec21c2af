"""Model versions over HTTP: what there is, which one speaks, and the way back."""

from typing import cast

from django.contrib.auth.models import User
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import ModelSerializer
from rest_framework.views import APIView

from labeling.projects.models import Role
from labeling.projects.reads import project_for
from labeling.registry.actions import promote, roll_back
from labeling.registry.models import ModelVersion
from labeling.registry.reads import version_for


class ModelOut(ModelSerializer[ModelVersion]):
    """A trained model."""

    class Meta:
        model = ModelVersion
        fields = ["number", "state", "label_ids", "recipe", "metrics", "created_at", "promoted_at"]


def _user(request: Request) -> User:
    return cast(User, request.user)


class ModelsView(ListAPIView[ModelVersion]):
    """The project's models, newest first."""

    serializer_class = ModelOut
    queryset = ModelVersion.objects.none()

    def get_queryset(self) -> QuerySet[ModelVersion]:
        """For owners and experts."""
        project = project_for(_user(self.request), self.kwargs["slug"], Role.EXPERT)
        return ModelVersion.objects.filter(project=project).order_by("-number")


class PromoteView(APIView):
    """The owner's choice."""

    @extend_schema(request=None, responses=ModelOut)
    def post(self, request: Request, slug: str, number: int) -> Response:
        """Let this model speak, whatever its gate said."""
        project = project_for(_user(request), slug, Role.OWNER)
        version = promote(actor=_user(request), version=version_for(project, number))
        return Response(ModelOut(version).data)


class RollBackView(APIView):
    """One step back."""

    @extend_schema(request=None, responses=ModelOut)
    def post(self, request: Request, slug: str) -> Response:
        """Give the word back to the model promoted before."""
        project = project_for(_user(request), slug, Role.OWNER)
        return Response(ModelOut(roll_back(actor=_user(request), project=project)).data)
