"""Projects, their people and one's own token, for programs."""

from typing import Any, cast

from django.contrib.auth import authenticate
from django.contrib.auth.models import User
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import generics
from rest_framework.permissions import AllowAny, BasePermission, IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from labeling.errors import BadInput
from labeling.projects import actions, reads, serializers
from labeling.projects.models import Invitation, Label, Member, Project, Role


def parsed(shape: type[Any], request: Request) -> dict[str, Any]:
    """The body in this shape, or DRF's error, which becomes a problem."""
    body = shape(data=request.data)
    body.is_valid(raise_exception=True)
    return cast(dict[str, Any], body.validated_data)


def caller(request: Request) -> User:
    """Who asks: known, for every view but the token's wants somebody signed in."""
    return cast(User, request.user)


class TokenView(APIView):
    def get_permissions(self) -> list[BasePermission]:
        """Asking for a token is how one signs in."""
        return [AllowAny() if self.request.method == "POST" else IsAuthenticated()]

    @extend_schema(request=serializers.TokenIn, responses={200: serializers.TokenOut, 429: serializers.ProblemOut})
    def post(self, request: Request) -> Response:
        """Trade name and password for one's token; too many wrong ones are made to wait (429)."""
        user = authenticate(request._request, **parsed(serializers.TokenIn, request))
        if user is None:
            raise BadInput("this name and password do not belong together", field="password")
        return Response({"token": actions.give_token(actor=user).key})

    @extend_schema(responses={204: None})
    def delete(self, request: Request) -> Response:
        """Make one's token useless."""
        actions.revoke_token(actor=caller(request))
        return Response(status=204)


class MeView(APIView):
    @extend_schema(responses=serializers.MeOut)
    def get(self, request: Request) -> Response:
        """Who one is, and in which projects."""
        projects = serializers.MembershipOut(reads.projects_of(request.user), many=True).data
        return Response({"username": caller(request).username, "projects": projects})


class ProjectView(APIView):
    @extend_schema(responses=serializers.ProjectOut)
    def get(self, request: Request, slug: str) -> Response:
        """One project, for its members."""
        return Response(serializers.ProjectOut(reads.project_for(request.user, slug)).data)

    @extend_schema(request=serializers.ProjectIn, responses=serializers.ProjectOut)
    def patch(self, request: Request, slug: str) -> Response:
        """Change settings; question and classes are changed by a new version of the guideline."""
        project = reads.project_for(request.user, slug, Role.OWNER)
        changed = actions.change_settings(
            actor=caller(request), project=project, **parsed(serializers.ProjectIn, request)
        )
        return Response(serializers.ProjectOut(changed).data)

    @extend_schema(responses={204: None})
    def delete(self, request: Request, slug: str) -> Response:
        """Put a project away; nothing in it is deleted."""
        project = reads.project_for(request.user, slug, Role.OWNER)
        actions.archive_project(actor=caller(request), project=project)
        return Response(status=204)


class LabelsView(generics.ListAPIView[Label]):
    """Every answer that may be given now, in the owner's order."""

    serializer_class = serializers.LabelOut
    queryset = Label.objects.none()

    def get_queryset(self) -> QuerySet[Label]:
        """Of a project that the caller may see."""
        return Label.objects.filter(project=_project(self), retired_at=None)


class MembersView(generics.ListAPIView[Member]):
    """Who belongs to the project now, for its owners."""

    serializer_class = serializers.MemberOut
    queryset = Member.objects.none()

    def get_queryset(self) -> QuerySet[Member]:
        """Of a project that the caller owns."""
        return reads.members(_project(self, Role.OWNER))


class MemberView(APIView):
    @extend_schema(request=serializers.RoleIn, responses=serializers.MemberOut)
    def patch(self, request: Request, slug: str, user_id: int) -> Response:
        """Give a member another role."""
        project = reads.project_for(request.user, slug, Role.OWNER)
        user = reads.former_or_present(project, user_id).user
        role = parsed(serializers.RoleIn, request)["role"]
        member = actions.change_role(actor=caller(request), project=project, user=user, role=role)
        return Response(serializers.MemberOut(member).data)

    @extend_schema(responses={204: None})
    def delete(self, request: Request, slug: str, user_id: int) -> Response:
        """Shut a member out (or leave oneself); their answers stay."""
        mine = user_id == caller(request).pk
        project = reads.project_for(request.user, slug, *(() if mine else (Role.OWNER,)))
        user = reads.former_or_present(project, user_id).user
        actions.remove_member(actor=caller(request), project=project, user=user)
        return Response(status=204)

    @extend_schema(request=None, responses=serializers.MemberOut)
    def post(self, request: Request, slug: str, user_id: int) -> Response:
        """Bring somebody back who was removed, in the role they had."""
        project = reads.project_for(request.user, slug, Role.OWNER)
        member = reads.former_or_present(project, user_id)
        back = actions.add_member(actor=caller(request), project=project, user=member.user, role=member.role)
        return Response(serializers.MemberOut(back).data)


class InvitationsView(generics.ListAPIView[Invitation]):
    """The links that can still be used, without their secrets."""

    serializer_class = serializers.InvitationOut
    queryset = Invitation.objects.none()

    def get_queryset(self) -> QuerySet[Invitation]:
        """Of a project that the caller owns."""
        return reads.invitations(_project(self, Role.OWNER))

    @extend_schema(request=serializers.InvitationIn, responses={201: serializers.InvitationMadeOut})
    def post(self, request: Request, slug: str) -> Response:
        """Make a link; its secret is told this once."""
        project = reads.project_for(request.user, slug, Role.OWNER)
        made, secret = actions.invite(
            actor=caller(request), project=project, **parsed(serializers.InvitationIn, request)
        )
        link = request.build_absolute_uri(f"/join/{secret}")
        return Response(serializers.InvitationOut(made).data | {"link": link}, status=201)


class InvitationView(APIView):
    @extend_schema(responses={204: None})
    def delete(self, request: Request, slug: str, pk: int) -> Response:
        """Make a link useless."""
        project = reads.project_for(request.user, slug, Role.OWNER)
        actions.revoke_invitation(actor=caller(request), invitation=reads.invitation(project, pk))
        return Response(status=204)


class JoinView(APIView):
    @extend_schema(request=serializers.ConsentIn, responses=serializers.MembershipOut)
    def post(self, request: Request, secret: str) -> Response:
        """Join by a link."""
        consent = parsed(serializers.ConsentIn, request)["consent"]
        member = actions.accept_invitation(actor=caller(request), secret=secret, consent=consent)
        return Response(serializers.MembershipOut(member).data)


def _project(view: generics.GenericAPIView[Any], *roles: str) -> Project:
    return reads.project_for(view.request.user, view.kwargs["slug"], *roles)
