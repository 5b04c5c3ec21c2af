"""Making projects and editing guidelines, for programs."""

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import generics
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from labeling.guidelines import actions, reads, serializers
from labeling.guidelines.models import Example, GuidelineVersion
from labeling.projects.api import caller, parsed
from labeling.projects.models import Member, Role
from labeling.projects.reads import project_for, projects_of
from labeling.projects.serializers import MembershipOut, ProjectOut


class ProjectsView(generics.ListAPIView[Member]):
    """The projects that the caller takes part in."""

    serializer_class = MembershipOut
    queryset = Member.objects.none()

    def get_queryset(self) -> QuerySet[Member]:
        """The caller's own."""
        return projects_of(self.request.user)

    @extend_schema(request=serializers.ProjectCreateIn, responses={201: ProjectOut})
    def post(self, request: Request) -> Response:
        """Make a project with version 1 of its guideline; the caller becomes its owner."""
        body = serializers.drafts(parsed(serializers.ProjectCreateIn, request))
        project = actions.create_project_with_guideline(actor=caller(request), **body)
        return Response(ProjectOut(project).data, status=201)


class VersionsView(generics.ListAPIView[GuidelineVersion]):
    """Every version of the guideline, newest first."""

    serializer_class = serializers.VersionOut
    queryset = GuidelineVersion.objects.none()

    def get_queryset(self) -> QuerySet[GuidelineVersion]:
        """Of a project that the caller may see."""
        return reads.versions(project_for(self.request.user, self.kwargs["slug"]))

    @extend_schema(
        request=serializers.EditIn, responses={201: serializers.VersionOut, 409: serializers.EditedMeanwhileOut}
    )
    def post(self, request: Request, slug: str) -> Response:
        """Write the next version upon `base_number`; 409 carries the newer one that was written meanwhile."""
        project = project_for(request.user, slug, Role.OWNER)
        body = serializers.drafts(parsed(serializers.EditIn, request))
        version = actions.edit(actor=caller(request), project=project, **body)
        return Response(serializers.VersionOut(version).data, status=201)


class VersionView(APIView):
    @extend_schema(responses=serializers.VersionOut)
    def get(self, request: Request, slug: str, number: int) -> Response:
        """One version."""
        return Response(serializers.VersionOut(reads.version(project_for(request.user, slug), number)).data)


class DraftView(APIView):
    @extend_schema(responses=serializers.DraftOut)
    def get(self, request: Request, slug: str) -> Response:
        """The draft of the next version; revision 0 where there is none, which then says what holds now."""
        return Response(serializers.DraftOut(reads.draft(project_for(request.user, slug, Role.OWNER))).data)

    @extend_schema(
        request=serializers.DraftIn, responses={200: serializers.DraftOut, 409: serializers.EditedMeanwhileOut}
    )
    def put(self, request: Request, slug: str) -> Response:
        """Save the draft; 409 carries what somebody else wrote meanwhile."""
        project = project_for(request.user, slug, Role.OWNER)
        body = serializers.drafts(parsed(serializers.DraftIn, request))
        return Response(serializers.DraftOut(actions.save_draft(actor=caller(request), project=project, **body)).data)


class ExamplesView(generics.ListAPIView[Example]):
    """The examples that the version shows which holds."""

    serializer_class = serializers.ExampleOut
    queryset = Example.objects.none()

    def get_queryset(self) -> QuerySet[Example]:
        """Of a project that the caller may see."""
        project = project_for(self.request.user, self.kwargs["slug"])
        return Example.objects.filter(project=project, pk__in=reads.current(project).example_ids).order_by("pk")

    @extend_schema(request=serializers.ExampleIn, responses={201: serializers.ExampleOut})
    def post(self, request: Request, slug: str) -> Response:
        """Make an example of an item and put it into the draft of the next version."""
        project, body = project_for(request.user, slug, Role.OWNER), parsed(serializers.ExampleIn, request)
        made = actions.add_example(
            actor=caller(request), project=project, item_id=body["item"], label_id=body["label"], fits=body["fits"],
            because=body["because"],
        )  # fmt: skip
        actions.change_examples(actor=caller(request), project=project, change=lambda ids: [*ids, made.pk])
        return Response(serializers.ExampleOut(made).data, status=201)
