"""The labeling page's API: claim, answer, undo, skip, give back."""

from typing import Any, cast

from django.contrib.auth.models import User
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.parsers import FormParser, JSONParser, MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from labeling.annotations.actions import Answer, Result
from labeling.annotations.reads import feedback, warning
from labeling.assignments import actions as assignments
from labeling.assignments.permits import hindrance
from labeling.errors import Conflict
from labeling.guidelines.example_html import examples_html
from labeling.guidelines.markdown import to_html
from labeling.guidelines.reads import current
from labeling.projects.models import Project
from labeling.projects.reads import active_labels, project_for
from labeling.work import actions, serializers
from labeling.work.desk import DeskView, answers, claim_count
from labeling.work.likenesses import likenesses
from labeling.work.payloads import lease_payload
from labeling.work.reads import about_left, left, pace


def _user(request: Request) -> User:
    return cast(User, request.user)


def _data(shape: type[Any], request: Request) -> dict[str, Any]:
    parsed = shape(data=request.data)
    parsed.is_valid(raise_exception=True)
    return cast(dict[str, Any], parsed.validated_data)


class WorkView(APIView):
    @extend_schema(responses=serializers.WorkOut)
    def get(self, request: Request, slug: str) -> Response:
        """The question, the classes with their keys, the guideline, what is left and one's own pace."""
        project = project_for(_user(request), slug)
        guideline, mine, told = current(project), pace(_user(request), project), feedback(_user(request), project)
        return Response({
            "project": project.slug, "name": project.name, "question": guideline.question, "mode": project.mode,
            "medium": project.medium,
            "labels": [
                {"id": label.pk, "name": label.name, "key": label.key, "role": label.role}
                for label in active_labels(project)
            ],
            "guideline": {"number": guideline.number, "text_html": to_html(guideline.text),
                          "examples_html": examples_html(project, guideline)},
            "left": about_left(project),
            "mine": {"answers": mine.answers, "per_minute": round(mine.per_minute, 1),
                     "checked": {"right": told.right, "of": told.of} if told else None,
                     "warning": warning(_user(request), project)},
        })  # fmt: skip


class ClaimView(DeskView):
    shape = serializers.ClaimIn

    @staticmethod
    def quick(body: Any) -> int:
        """How many are asked for."""
        return claim_count(body)

    @extend_schema(request=serializers.ClaimIn, responses=serializers.ClaimOut)
    def post(self, request: Request, slug: str) -> Response:
        """Lease up to `count` items, the most urgent first."""
        return self.slowly(request, slug)

    def answer(self, actor: User, project: Project, given: int) -> dict[str, Any]:
        """The leases, and where there are none the reason."""
        leases = assignments.claim(actor=actor, project=project, count=given)
        remaining = None if leases else left(project)
        reason = "" if leases else hindrance(actor, project)
        state = "work" if leases else "paused" if reason else "nothing-now" if remaining else "done"
        payloads = [lease_payload(project, lease) for lease in leases]
        return {"leases": payloads, "left": about_left(project, remaining), "state": state, "reason": reason}


class SubmitView(DeskView):
    shape = serializers.SubmitIn

    @staticmethod
    def quick(body: Any) -> list[Answer]:
        """The answers sent."""
        return answers(body)

    @extend_schema(request=serializers.SubmitIn, responses={200: serializers.SubmitOut, 409: serializers.SubmitOut})
    def post(self, request: Request, slug: str) -> Response:
        """Store answers, each once; a refused one says why and stays on the device. 409: you never held any of them."""
        return self.slowly(request, slug)

    def answer(self, actor: User, project: Project, given: list[Answer]) -> dict[str, Any]:
        """What became of each."""
        results = actions.submit(actor=actor, project=project, answers=given)
        if not any(result.held for result in results):
            self.status = Conflict.status
        return {"results": [_result(result) for result in results], "left": about_left(project)}


def _result(result: Result) -> dict[str, Any]:
    problem = result.error.problem() if result.error else {"type": "", "field": "", "reason": ""}
    stored = result.annotation.pk if result.annotation else None
    return {"key": str(result.key), "status": str(result.status), "annotation": stored, **problem}


class UndoView(APIView):
    @extend_schema(request=serializers.UndoIn, responses=serializers.UndoOut)
    def post(self, request: Request, slug: str) -> Response:
        """Take one's answer or skip with this key back; its item is handed back."""
        project = project_for(_user(request), slug)
        lease = actions.undo(actor=_user(request), project=project, key=_data(serializers.UndoIn, request)["key"])
        return Response({"lease": lease_payload(project, lease)})


class SkipView(APIView):
    @extend_schema(request=serializers.SkipIn, responses=serializers.SkippedOut)
    def post(self, request: Request, slug: str) -> Response:
        """Pass over an item, with a reason."""
        project = project_for(_user(request), slug)
        given = _data(serializers.SkipIn, request)
        skipped = actions.skip(
            actor=_user(request), project=project, lease_id=given["lease"], key=given["key"], reason=given["reason"],
            note=given["note"],
        )  # fmt: skip
        return Response({"key": str(skipped.key)})


class ReleaseView(APIView):
    parser_classes = [JSONParser, FormParser, MultiPartParser]  # a closing tab can only send a form

    @extend_schema(request=serializers.LeasesIn, responses=serializers.ReleasedOut)
    def post(self, request: Request, slug: str) -> Response:
        """Give leases back that will not be answered; a form sends them as `leases=1,2`."""
        project = project_for(_user(request), slug)
        given = request.data.get("leases") if isinstance(request.data, dict) else None
        ids = {"leases": [part for part in given.split(",") if part]} if isinstance(given, str) else request.data
        parsed = serializers.LeasesIn(data=ids)
        parsed.is_valid(raise_exception=True)
        lease_ids = cast(dict[str, Any], parsed.validated_data)["leases"]
        return Response({"released": assignments.release(actor=_user(request), project=project, lease_ids=lease_ids)})


class LikenessesView(APIView):
    @extend_schema(responses=serializers.LikenessesOut)
    def get(self, request: Request, slug: str, lease_id: int) -> Response:
        """Verified items that look like that of one's own lease; none where no suggestion is in view."""
        project = project_for(_user(request), slug)
        rows = likenesses(_user(request), project, lease_id)
        address = f"/api/v1/projects/{project.slug}/items"
        return Response({"likenesses": [
            {"item": row.item_id, "name": row.name, "label": row.label, "thumb": f"{address}/{row.item_id}/thumb",
             "media": f"{address}/{row.item_id}/media"}
            for row in rows
        ]})  # fmt: skip


class HeartbeatView(APIView):
    @extend_schema(request=serializers.LeasesIn, responses=serializers.HeartbeatOut)
    def post(self, request: Request, slug: str) -> Response:
        """Keep leases alive while their page is open; `held` names those that are still one's own."""
        project: Project = project_for(_user(request), slug)
        lease_ids = _data(serializers.LeasesIn, request)["leases"]
        kept = assignments.heartbeat(actor=_user(request), project=project, lease_ids=lease_ids)
        seconds = (kept.until - timezone.now()).total_seconds()
        return Response({"expires_at": kept.until.isoformat(), "seconds_left": seconds, "held": kept.lease_ids})
