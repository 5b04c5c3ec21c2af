"""Notices for those who asked, and questions for programs."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import generics, serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from labeling.projects.api import caller, parsed
from labeling.projects.models import Role
from labeling.projects.reads import project_for
from labeling.reports import actions, reads
from labeling.reports.models import Flag, Notice, Thread
from labeling.reports.pages import answered


class NoticeOut(serializers.ModelSerializer[Notice]):
    words = serializers.CharField(source="thread.words")
    version = serializers.IntegerField(source="thread.version.number", default=None, allow_null=True)

    class Meta:
        model = Notice
        fields = ("id", "words", "version", "created_at")


class SeenIn(serializers.Serializer[Any]):
    ids = serializers.ListField(child=serializers.IntegerField(), max_length=1000)


class SeenOut(serializers.Serializer[Any]):
    seen = serializers.IntegerField()


class FlagOut(serializers.ModelSerializer[Flag]):
    item = serializers.IntegerField(source="item_id")
    note = serializers.CharField(source="skip.note")
    at = serializers.DateTimeField(source="skip.at")

    class Meta:
        model = Flag
        fields = ("id", "item", "note", "at")


class ThreadOut(serializers.ModelSerializer[Thread]):
    flags = FlagOut(many=True)
    asked = serializers.IntegerField(help_text="People who asked.")
    version = serializers.IntegerField(source="version.number", default=None, allow_null=True)

    class Meta:
        model = Thread
        fields = ("id", "state", "words", "asked", "version", "created_at", "answered_at", "flags")


class AnswerIn(serializers.Serializer[Any]):
    kind = serializers.ChoiceField(choices=("rule", "example", "close"))
    words = serializers.CharField(max_length=300)
    item_id = serializers.IntegerField(required=False, allow_null=True, default=None)
    label_id = serializers.IntegerField(required=False, allow_null=True, default=None)
    fits = serializers.BooleanField(default=True)


class AnsweredOut(serializers.ModelSerializer[Thread]):
    class Meta:
        model = Thread
        fields = ("id", "state", "words")


class MergeIn(serializers.Serializer[Any]):
    into = serializers.IntegerField()


class NoticesView(APIView):
    @extend_schema(responses=NoticeOut(many=True))
    def get(self, request: Request, slug: str) -> Response:
        """Answers to the caller's questions that they have not seen yet."""
        project = project_for(request.user, slug)
        return Response(NoticeOut(reads.unseen(caller(request), project), many=True).data)


class SeenView(APIView):
    @extend_schema(request=SeenIn, responses=SeenOut)
    def post(self, request: Request, slug: str) -> Response:
        """Note that the caller has seen these."""
        project = project_for(request.user, slug)
        seen = actions.see(actor=caller(request), project=project, ids=parsed(SeenIn, request)["ids"])
        return Response({"seen": seen})


class ThreadsView(generics.ListAPIView[Thread]):
    """Questions from the floor by likeness, the most asked first."""

    serializer_class = ThreadOut
    queryset = Thread.objects.none()

    def get_queryset(self) -> Any:
        """Of a project that the caller owns."""
        return reads.threads(project_for(self.request.user, self.kwargs["slug"], Role.OWNER))


class AnswerView(APIView):
    @extend_schema(request=AnswerIn, responses=AnsweredOut)
    def post(self, request: Request, slug: str, pk: int) -> Response:
        """Answer by a rule or an example of the next version, or without a change."""
        project = project_for(request.user, slug, Role.OWNER)
        return Response(AnsweredOut(answered(caller(request), project, pk, **parsed(AnswerIn, request))).data)


class MergeView(APIView):
    @extend_schema(request=MergeIn, responses=AnsweredOut)
    def post(self, request: Request, slug: str, pk: int) -> Response:
        """Put this question's flags to another open one; this one is gone then."""
        project = project_for(request.user, slug, Role.OWNER)
        into = parsed(MergeIn, request)["into"]
        kept = actions.merge(actor=caller(request), project=project, thread_id=pk, into_id=into)
        return Response(AnsweredOut(kept).data)
