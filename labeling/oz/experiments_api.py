"""Experiments for programs: all that the owner's and the raters' pages do."""

from typing import Any

from django.contrib.auth.models import User
from drf_spectacular.utils import extend_schema
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from labeling.errors import BadInput
from labeling.oz import actions, reads, shapes
from labeling.oz import experiment_serializers as forms
from labeling.oz.api import sent_file
from labeling.oz.models import Experiment, ExperimentState, Origin, Seat
from labeling.oz.serializers import PredictIn
from labeling.projects.api import caller, parsed
from labeling.projects.models import Project, Role
from labeling.projects.reads import members, project_for, role_in


def _owned(request: Request, slug: str, number: int) -> Experiment:
    return reads.experiment_for(project_for(request.user, slug, Role.OWNER), number)


def _told(request: Request, slug: str, number: int, status: int = 200) -> Response:
    return Response(shapes.whole(_owned(request, slug, number)), status=status)


class ExperimentsView(APIView):
    @extend_schema(responses=forms.BriefOut(many=True))
    def get(self, request: Request, slug: str) -> Response:
        """Every experiment, newest first; for others than owners those in which they have a part."""
        project = project_for(request.user, slug)
        rows = reads.experiments(project)
        if role_in(request.user, project) != Role.OWNER:
            rows = rows.filter(pk__in=Seat.objects.filter(user=caller(request)).values("experiment"))
        return Response([shapes.brief(row) for row in rows])

    @extend_schema(request=forms.DraftIn, responses={201: forms.ExperimentOut})
    def post(self, request: Request, slug: str) -> Response:
        """Draft a new one."""
        project = project_for(request.user, slug, Role.OWNER)
        made = actions.draft(actor=caller(request), project=project, **parsed(forms.DraftIn, request))
        return _told(request, slug, made.number, 201)


class ExperimentView(APIView):
    @extend_schema(responses=forms.ExperimentOut)
    def get(self, request: Request, slug: str, number: int) -> Response:
        """One experiment: what it looks for, how it stands, what waits for a decision."""
        return _told(request, slug, number)


class VariantsView(APIView):
    @extend_schema(request=forms.VariantIn, responses=forms.ExperimentOut)
    def post(self, request: Request, slug: str, number: int) -> Response:
        """Write a variant, or one anew by its letter; only while it is a draft."""
        row, given = _owned(request, slug, number), parsed(forms.VariantIn, request)
        actions.write_variant(actor=caller(request), experiment=row, **given)
        return _told(request, slug, number)


class VariantView(APIView):
    @extend_schema(responses=forms.ExperimentOut)
    def delete(self, request: Request, slug: str, number: int, letter: str) -> Response:
        """Take a variant out of a draft."""
        actions.drop_variant(actor=caller(request), experiment=_owned(request, slug, number), letter=letter)
        return _told(request, slug, number)


def _member(project: Project, name: str) -> User:
    found = members(project).filter(user__username=name).select_related("user").first()
    if found is None:
        raise BadInput("no member of that name", field="user")
    return found.user


class SeatsView(APIView):
    @extend_schema(request=forms.SeatIn, responses=forms.ExperimentOut)
    def post(self, request: Request, slug: str, number: int) -> Response:
        """Give a member a part: wizard or rater."""
        row, given = _owned(request, slug, number), parsed(forms.SeatIn, request)
        user = _member(row.project, given["user"])
        actions.seat(actor=caller(request), experiment=row, user=user, part=given["part"])
        return _told(request, slug, number)


class SeatView(APIView):
    @extend_schema(responses=forms.ExperimentOut)
    def delete(self, request: Request, slug: str, number: int, username: str) -> Response:
        """Take the part back; what they answered stays."""
        row = _owned(request, slug, number)
        seat = row.seats.filter(user__username=username).select_related("user").first()
        if seat is not None:
            actions.unseat(actor=caller(request), experiment=row, user=seat.user)
        return _told(request, slug, number)


class InputsView(APIView):
    parser_classes = [MultiPartParser]

    @extend_schema(request=PredictIn, responses=forms.InputOut)
    def post(self, request: Request, slug: str, number: int) -> Response:
        """Bring one file to be asked about; one that is there already stays one."""
        row, (name, data) = _owned(request, slug, number), sent_file(request)
        brought = actions.bring_file(
            actor=caller(request), project=row.project, experiment=row, name=name, data=data, origin=Origin.UPLOADED
        )
        _ask_of_them(row)
        return Response({"id": brought.pk})


def _ask_of_them(row: Experiment) -> None:
    if row.state == ExperimentState.RUNNING:
        actions.top_up(experiment=row)


class SampleView(APIView):
    @extend_schema(request=forms.CountIn, responses=forms.CountOut)
    def post(self, request: Request, slug: str, number: int) -> Response:
        """Draw ready items by chance."""
        row = _owned(request, slug, number)
        drawn = actions.add_sample(actor=caller(request), experiment=row, **parsed(forms.CountIn, request))
        _ask_of_them(row)
        return Response({"drawn": len(drawn)})


class StartView(APIView):
    @extend_schema(request=None, responses=forms.ExperimentOut)
    def post(self, request: Request, slug: str, number: int) -> Response:
        """Wizards may come on duty, callers are answered."""
        actions.start(actor=caller(request), experiment=_owned(request, slug, number))
        return _told(request, slug, number)


class EndView(APIView):
    @extend_schema(request=None, responses=forms.ExperimentOut)
    def post(self, request: Request, slug: str, number: int) -> Response:
        """Whoever still waits is told so; twice changes nothing."""
        actions.end(actor=caller(request), experiment=_owned(request, slug, number))
        return _told(request, slug, number)


class GraduateView(APIView):
    @extend_schema(request=forms.GraduateIn, responses=forms.ExperimentOut)
    def post(self, request: Request, slug: str, number: int) -> Response:
        """The variant becomes the guideline, its wizards' answers the project's first."""
        row, given = _owned(request, slug, number), parsed(forms.GraduateIn, request)
        actions.graduate(actor=caller(request), experiment=row, **given)
        return _told(request, slug, number)


class DecideView(APIView):
    @extend_schema(request=forms.DecideIn, responses=forms.ExperimentOut)
    def post(self, request: Request, slug: str, number: int) -> Response:
        """Decide what wizards disputed; it is an example then."""
        row, given = _owned(request, slug, number), parsed(forms.DecideIn, request)
        actions.decide(
            actor=caller(request), experiment=row, precedent_id=given["precedent"], label_id=given["label"],
            because=given["because"],
        )  # fmt: skip
        return _told(request, slug, number)


class ServiceView(APIView):
    @extend_schema(responses=forms.ServiceOut)
    def get(self, request: Request, slug: str) -> Response:
        """Who answers callers, and how long and how many may wait."""
        return Response(shapes.service(reads.service_of(project_for(request.user, slug, Role.OWNER))))

    @extend_schema(request=forms.ServiceIn, responses=forms.ServiceOut)
    def patch(self, request: Request, slug: str) -> Response:
        """Change it: what is left out stays."""
        project = project_for(request.user, slug, Role.OWNER)
        given: dict[str, Any] = parsed(forms.ServiceIn, request)
        return Response(shapes.service(actions.set_service(actor=caller(request), project=project, **given)))


class ShowingsView(APIView):
    @extend_schema(request=None, responses=forms.ShowingOut)
    def post(self, request: Request, slug: str, number: int) -> Response:
        """What the caller, an end user, judges next: the same again until judged."""
        project = project_for(request.user, slug)
        row = actions.show(actor=caller(request), experiment=reads.experiment_for(project, number))
        return Response(shapes.showing(project, row))


class JudgeView(APIView):
    @extend_schema(request=forms.JudgeIn, responses={204: None})
    def post(self, request: Request, slug: str, number: int, showing_id: int) -> Response:
        """A verdict, once."""
        experiment = reads.experiment_for(project_for(request.user, slug), number)
        given = parsed(forms.JudgeIn, request)
        actions.judge(actor=caller(request), experiment=experiment, showing_id=showing_id, **given)
        return Response(status=204)
