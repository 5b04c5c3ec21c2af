"""For a wizard's console: come on duty, hear that something waits, take it, answer it, go."""

from django.core import signing
from django.http import HttpResponseBase
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.parsers import FormParser, JSONParser, MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from labeling.items.media_api import AsItIs
from labeling.live.held import Held, hold
from labeling.oz import actions, reads, serializers, topics
from labeling.oz.api import SALT
from labeling.oz.models import Shift
from labeling.oz.payloads import inquiry_payload
from labeling.projects.api import caller, parsed
from labeling.projects.models import Project
from labeling.projects.reads import project_for


def _shift(request: Request, slug: str, number: int, shift_id: int) -> tuple[Project, Shift]:
    project = project_for(request.user, slug)
    return project, reads.shift_for(request.user, reads.experiment_for(project, number), shift_id)


class ShiftsView(APIView):
    @extend_schema(request=None, responses={201: serializers.ShiftOut})
    def post(self, request: Request, slug: str, number: int) -> Response:
        """Come on duty."""
        experiment = reads.experiment_for(project_for(request.user, slug), number)
        shift = actions.come_on_duty(actor=caller(request), experiment=experiment)
        return Response({"shift": shift.pk}, status=201)


class StreamView(APIView):
    content_negotiation_class = AsItIs

    @extend_schema(responses={(200, "text/event-stream"): OpenApiTypes.STR})
    def get(self, request: Request, slug: str, number: int, shift_id: int) -> HttpResponseBase:
        """Server-sent events: `ring` whenever something may wait. The shift ends with the connection."""
        _project, shift = _shift(request, slug, number, shift_id)
        actions.beat(shift=shift)
        gone = f"/api/v1/live/gone/{signing.dumps({'shift': shift.pk}, salt=SALT)}"
        return hold(Response(status=204), Held(topics.consoles(shift.experiment_id), gone=gone, stream=True))


class TakeView(APIView):
    @extend_schema(request=None, responses=serializers.TakenOut)
    def post(self, request: Request, slug: str, number: int, shift_id: int) -> Response:
        """What waits most urgently, for this wizard alone until answered, passed on or left."""
        project, shift = _shift(request, slug, number, shift_id)
        actions.beat(shift=shift)
        return Response({"inquiry": inquiry_payload(project, actions.take(shift=shift))})


class AnswerView(APIView):
    @extend_schema(request=serializers.AnswerIn, responses=serializers.TakenOut)
    def post(self, request: Request, slug: str, number: int, shift_id: int) -> Response:
        """Answer, and take the next."""
        project, shift = _shift(request, slug, number, shift_id)
        given = parsed(serializers.AnswerIn, request)
        actions.answer(
            shift=shift, inquiry_id=given["inquiry"], said=given["said"], milliseconds=given["milliseconds"]
        )
        return Response({"inquiry": inquiry_payload(project, actions.take(shift=shift))})


class PassView(APIView):
    @extend_schema(request=serializers.PassIn, responses=serializers.TakenOut)
    def post(self, request: Request, slug: str, number: int, shift_id: int) -> Response:
        """Leave it to the others, and take the next."""
        project, shift = _shift(request, slug, number, shift_id)
        actions.pass_on(shift=shift, inquiry_id=parsed(serializers.PassIn, request)["inquiry"])
        return Response({"inquiry": inquiry_payload(project, actions.take(shift=shift))})


class BeatView(APIView):
    @extend_schema(request=None, responses=serializers.ShiftOut)
    def post(self, request: Request, slug: str, number: int, shift_id: int) -> Response:
        """The console is still open."""
        _project, shift = _shift(request, slug, number, shift_id)
        return Response({"shift": actions.beat(shift=shift).pk})


class LeaveView(APIView):
    parser_classes = [JSONParser, FormParser, MultiPartParser]  # a closing tab can only send a form

    @extend_schema(request=None, responses=serializers.LeftOut)
    def post(self, request: Request, slug: str, number: int, shift_id: int) -> Response:
        """Go off duty; what was held goes on to the others at once."""
        _project, shift = _shift(request, slug, number, shift_id)
        return Response({"handed_on": actions.leave(shift=shift)})
