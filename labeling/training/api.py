"""Retrains over HTTP."""

from typing import Any, cast

from django.contrib.auth.models import User
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from labeling.projects.models import Role
from labeling.projects.reads import project_for
from labeling.training.actions import Trigger, cancel, set_policy, start_run
from labeling.training.models import Run
from labeling.training.reads import policy_of, run_for
from labeling.training.serializers import PolicyShape, RunDetailOut, RunOut
from labeling.training.tasks import hand_over


def _user(request: Request) -> User:
    return cast(User, request.user)


class RunsView(ListAPIView[Run]):
    """The project's retrains, newest first."""

    serializer_class = RunOut
    queryset = Run.objects.none()

    def get_queryset(self) -> QuerySet[Run]:
        """For owners and experts."""
        project = project_for(_user(self.request), self.kwargs["slug"], Role.EXPERT)
        return Run.objects.filter(project=project).select_related("snapshot", "model_version").order_by("-number")

    @extend_schema(request=None, responses={201: RunDetailOut})
    def post(self, request: Request, slug: str) -> Response:
        """Start a retrain in the worker; one that is not begun says why in `reason`."""
        project = project_for(_user(request), slug, Role.OWNER)
        run = start_run(actor=_user(request), project=project, trigger=Trigger.OWNER)
        hand_over(run)
        return Response(RunDetailOut(run).data, status=201)


class RunView(APIView):
    """One retrain."""

    @extend_schema(responses=RunDetailOut)
    def get(self, request: Request, slug: str, number: int) -> Response:
        """How far it is, with its log and curve."""
        project = project_for(_user(request), slug, Role.EXPERT)
        return Response(RunDetailOut(run_for(project, number)).data)


class CancelView(APIView):
    """The end of a retrain."""

    @extend_schema(request=None, responses=RunDetailOut)
    def post(self, request: Request, slug: str, number: int) -> Response:
        """Ask it to stop; it does within seconds."""
        project = project_for(_user(request), slug, Role.OWNER)
        cancel(actor=_user(request), run=run_for(project, number))
        return Response(RunDetailOut(run_for(project, number)).data)


class PolicyView(APIView):
    """The schedule."""

    @extend_schema(responses=PolicyShape)
    def get(self, request: Request, slug: str) -> Response:
        """When the project is retrained by itself, and what its gate asks for."""
        project = project_for(_user(request), slug, Role.EXPERT)
        return Response(PolicyShape(policy_of(project)).data)

    @extend_schema(request=PolicyShape, responses=PolicyShape)
    def put(self, request: Request, slug: str) -> Response:
        """Change it; what is left out stays as it is."""
        project = project_for(_user(request), slug, Role.OWNER)
        held = policy_of(project)
        shape = PolicyShape(held, data=request.data, partial=True)
        shape.is_valid(raise_exception=True)
        changes = dict(shape.validated_data)
        values: dict[str, Any] = dict(PolicyShape(held).data) | changes.pop("project", {}) | changes
        return Response(PolicyShape(set_policy(actor=_user(request), project=project, **values)).data)
