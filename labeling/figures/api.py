"""When figures were counted, and fresh ones on request, over HTTP."""

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from labeling.figures import actions
from labeling.figures.pages import known
from labeling.figures.reads import Counted, counted
from labeling.projects.models import Project, Role
from labeling.projects.reads import project_for
from labeling.projects.sign_in import signed_in


class CountedOut(serializers.Serializer[Counted]):
    counted_at = serializers.DateTimeField(
        source="at", allow_null=True, help_text="Null where they are counted whenever they are asked for, or not yet."
    )
    counting = serializers.BooleanField(help_text="Whether fresh ones are on their way.")


class FiguresView(APIView):
    @extend_schema(responses=CountedOut)
    def get(self, request: Request, slug: str, page: str) -> Response:
        """When the figures of a page (overview, quality, rules, ...) were counted; large projects keep them a while."""
        return self._answer(project_for(request.user, slug, Role.OWNER), known(page), 200)

    @extend_schema(request=None, responses={202: CountedOut})
    def post(self, request: Request, slug: str, page: str) -> Response:
        """Ask for fresh ones; the old ones are told until they are there."""
        project = project_for(request.user, slug, Role.OWNER)
        actions.want(actor=signed_in(request), project=project, page=known(page))
        return self._answer(project, page, 202)

    def _answer(self, project: Project, page: str, status: int) -> Response:
        found = counted(project, page) or Counted(None, False)
        return Response(CountedOut(found).data, status=status)
