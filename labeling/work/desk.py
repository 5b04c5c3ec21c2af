"""The way in for the two calls that make up nearly all of the traffic: to claim, and to answer.

Who comes with a token and well-formed JSON is dealt with here, at the cost of one statement. Everybody else (signed in
by session, unknown, no member, a body that needs explaining) takes REST framework's way, which gives the refusals.
"""

import json
from abc import ABC, abstractmethod
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from labeling.annotations.actions import Answer
from labeling.errors import LabelingError
from labeling.projects.models import Project
from labeling.projects.reads import by_token, project_for

SCHEME = "Token "
JSON = "application/json"
UNCLEAR = (ValueError, TypeError, KeyError, AttributeError)  # what a body of another shape raises
TIGHT = {"separators": (",", ":")}


def let_in(request: HttpRequest, slug: str) -> tuple[User, Project] | None:
    """Who asks, and the project, where a token says so and they are a member of it."""
    header = request.META.get("HTTP_AUTHORIZATION", "")
    return by_token(header.removeprefix(SCHEME).strip(), slug) if header.startswith(SCHEME) else None


class DeskView(APIView, ABC):
    """A POST with a JSON body about one project; `answer` does the work, whichever way the person came in."""

    shape: type[serializers.Serializer[dict[str, Any]]]
    status = 200  # a view is made for each request: `answer` may say another

    @staticmethod
    @abstractmethod
    def quick(body: Any) -> Any:
        """What the body says; one of UNCLEAR where the serializer must look."""

    @abstractmethod
    def answer(self, actor: User, project: Project, given: Any) -> dict[str, Any]:
        """What the person gets for what they sent."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """The short way where it is open, else REST framework's."""
        return self._quickly(request, kwargs["slug"]) or super().dispatch(request, *args, **kwargs)

    def _quickly(self, request: HttpRequest, slug: str) -> HttpResponse | None:
        if request.method != "POST" or request.content_type != JSON:
            return None
        try:
            given = self.quick(json.loads(request.body))
        except UNCLEAR:
            return None  # the serializer says what is wrong
        found = let_in(request, slug)
        if found is None:
            return None
        try:
            told = self.answer(*found, given)
            return JsonResponse(told, json_dumps_params=TIGHT, status=self.status)
        except LabelingError as error:
            return JsonResponse(error.problem(), status=error.status)

    def slowly(self, request: Request, slug: str) -> Response:
        """The same for those who came in by REST framework's way."""
        actor = cast(User, request.user)
        project = project_for(actor, slug)
        try:
            given = self.quick(request.data)
        except UNCLEAR:
            shape = self.shape(data=request.data)
            shape.is_valid(raise_exception=True)
            given = self.quick(shape.validated_data)
        told = self.answer(actor, project, given)
        return Response(told, status=self.status)


def claim_count(body: dict[str, Any]) -> int:
    """How many items are asked for; ValueError and the like where the serializer must look."""
    return _whole(body.get("count", 1))


def answers(body: dict[str, Any]) -> list[Answer]:
    """The answers sent; ValueError and the like where the serializer must look."""
    return [_answer(row) for row in body["answers"]]


def _answer(row: dict[str, Any]) -> Answer:
    key, at = row["key"], row["answered_at"]
    at = at if isinstance(at, datetime) else datetime.fromisoformat(at)
    if at.tzinfo is None:
        raise ValueError("which zone?")
    return Answer(
        lease=_whole(row["lease"], 1), key=key if isinstance(key, UUID) else UUID(key),
        label=_whole_or_none(row.get("label")), rejected=_whole_or_none(row.get("rejected")),
        milliseconds=_whole(row["milliseconds"], 0), answered_at=at,
    )  # fmt: skip


def _whole(value: object, least: int | None = None) -> int:
    if type(value) is not int or (least is not None and value < least):
        raise ValueError("no such number")
    return value


def _whole_or_none(value: object) -> int | None:
    return None if value is None else _whole(value)
