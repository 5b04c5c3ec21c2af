"""For a wizard's console: come on duty, hear that something waits, take it, answer it, go."""

from abc import ABC
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib.auth.models import User
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
from labeling.projects.api import caller
from labeling.projects.models import Project
from labeling.projects.reads import project_for
from labeling.work.desk import DeskView


@dataclass(frozen=True)
class Said:
    """A wizard's answer as it was sent."""

    inquiry: UUID
    said: str
    milliseconds: int


def one(body: Any) -> UUID:
    """The inquiry that a body names; ValueError and the like where the serializer must look."""
    key = body["inquiry"]
    return key if isinstance(key, UUID) else UUID(key)


def said(body: Any) -> Said:
    """The answer that a body holds; ValueError and the like where the serializer must look."""
    words, milliseconds = body["said"], body["milliseconds"]
    if type(words) is not str or type(milliseconds) is not int or milliseconds < 0:
        raise ValueError("not an answer")
    return Said(one(body), words, milliseconds)


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
        shift = reads.shift_for(request.user, project_for(request.user, slug), number, shift_id)
        actions.beat(shift=shift)
        gone = f"/api/v1/live/gone/{signing.dumps({'shift': shift.pk}, salt=SALT)}"
        return hold(Response(status=204), Held(topics.consoles(shift.experiment_id), gone=gone, stream=True))


class ConsoleView(DeskView, ABC):
    """What a console does over and over."""

    def shift(self, actor: User, project: Project) -> Shift:
        """The caller's own console, which the address names."""
        return reads.shift_for(actor, project, self.kwargs["number"], self.kwargs["shift_id"])

    def next(self, project: Project, shift: Shift) -> dict[str, Any]:
        """What the console gets to show."""
        return {"inquiry": inquiry_payload(project, actions.take(shift=shift))}


class TakeView(ConsoleView):
    shape = serializers.NothingIn

    @staticmethod
    def quick(body: Any) -> None:
        """Nothing is said."""

    @extend_schema(request=None, responses=serializers.TakenOut)
    def post(self, request: Request, slug: str, number: int, shift_id: int) -> Response:
        """What waits most urgently, for this wizard alone until answered, passed on or left."""
        return self.slowly(request, slug)

    def answer(self, actor: User, project: Project, given: None) -> dict[str, Any]:
        """Conflict where the shift is over, so that the page begins another."""
        shift = self.shift(actor, project)
        told = self.next(project, shift)
        if told["inquiry"] is None:
            actions.beat(shift=shift)
        return told


class AnswerView(ConsoleView):
    shape = serializers.AnswerIn

    @staticmethod
    def quick(body: Any) -> Said:
        """What was said of what."""
        return said(body)

    @extend_schema(request=serializers.AnswerIn, responses=serializers.TakenOut)
    def post(self, request: Request, slug: str, number: int, shift_id: int) -> Response:
        """Answer, and take the next."""
        return self.slowly(request, slug)

    def answer(self, actor: User, project: Project, given: Said) -> dict[str, Any]:
        """Stored before the next one is looked for: its caller waits."""
        shift = self.shift(actor, project)
        actions.answer(shift=shift, inquiry_id=given.inquiry, said=given.said, milliseconds=given.milliseconds)
        return self.next(project, shift)


class PassView(ConsoleView):
    shape = serializers.PassIn

    @staticmethod
    def quick(body: Any) -> UUID:
        """Which one."""
        return one(body)

    @extend_schema(request=serializers.PassIn, responses=serializers.TakenOut)
    def post(self, request: Request, slug: str, number: int, shift_id: int) -> Response:
        """Leave it to the others, and take the next."""
        return self.slowly(request, slug)

    def answer(self, actor: User, project: Project, given: UUID) -> dict[str, Any]:
        """Handed on, and something else before this wizard."""
        shift = self.shift(actor, project)
        actions.pass_on(shift=shift, inquiry_id=given)
        return self.next(project, shift)


class BeatView(ConsoleView):
    shape = serializers.NothingIn

    @staticmethod
    def quick(body: Any) -> None:
        """Nothing is said."""

    @extend_schema(request=None, responses=serializers.ShiftOut)
    def post(self, request: Request, slug: str, number: int, shift_id: int) -> Response:
        """The console is still open."""
        return self.slowly(request, slug)

    def answer(self, actor: User, project: Project, given: None) -> dict[str, Any]:
        """A sign of life."""
        return {"shift": actions.beat(shift=self.shift(actor, project)).pk}


class LeaveView(APIView):
    parser_classes = [JSONParser, FormParser, MultiPartParser]  # a closing tab can only send a form

    @extend_schema(request=None, responses=serializers.LeftOut)
    def post(self, request: Request, slug: str, number: int, shift_id: int) -> Response:
        """Go off duty; what was held goes on to the others at once."""
        shift = reads.shift_for(request.user, project_for(request.user, slug), number, shift_id)
        return Response({"handed_on": actions.leave(shift=shift)})
