"""For products: ask, ask again, and say what one made of the answer. Views never wait; see labeling.live."""

from abc import ABC, abstractmethod
from typing import Any
from uuid import UUID

from django.contrib.auth.models import User
from django.core import signing
from django.core.exceptions import RequestDataTooBig, TooManyFilesSent
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.http.multipartparser import MultiPartParserError
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from labeling.errors import NO_SPACE, BadInput, LabelingError, NotFound, TooLarge, disk_full, problem_page
from labeling.items.examine import NOT_SHOWN_BY_BROWSERS
from labeling.items.media import send
from labeling.items.media_api import BYTES, AsItIs
from labeling.items.storage import blob_key, derived_key
from labeling.live.held import KEEPER, Held, hold
from labeling.oz import actions, reads, serializers, topics
from labeling.oz.actions.asking import Kept
from labeling.oz.door import door
from labeling.oz.models import OPEN, Inquiry, InquiryState, Shift
from labeling.oz.payloads import call_payload, place, state_now
from labeling.oz.tasks import wake_model
from labeling.projects.api import caller, parsed
from labeling.projects.models import Project
from labeling.projects.reads import project_for
from labeling.work.desk import let_in

LARGEST = 20 * 2**20  # bytes of one call
WAIT = OpenApiParameter("wait", int, description="Seconds to wait for the answer; 0 tells at once how it stands.")
ANSWERS = {200: serializers.CallOut, 202: serializers.CallOut}
SALT = "oz.gone"


class CallView(APIView, ABC):
    """One call of a product. With a token it is let in by one statement, refused before its file is looked at."""

    quick = ""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """The short way for tokens of members, else REST framework's."""
        found = let_in(request, kwargs["slug"]) if request.method == self.quick else None
        if found is None:
            return super().dispatch(request, *args, **kwargs)
        try:
            return self.deal(request, *found)
        except LabelingError as error:
            return problem_page(error)

    @abstractmethod
    def deal(self, request: HttpRequest | Request, user: User, project: Project) -> HttpResponseBase:
        """The answer, whichever way the call came in."""


class PredictView(CallView):
    parser_classes = [MultiPartParser]
    quick = "POST"

    @extend_schema(request=serializers.PredictIn, responses=ANSWERS, parameters=[WAIT])
    def post(self, request: Request, slug: str) -> HttpResponseBase:
        """Ask what this picture or sound is: the answer (200), or once patience is over where to ask again (202)."""
        return self.deal(request, caller(request), project_for(request.user, slug))

    def deal(self, request: HttpRequest | Request, user: User, project: Project) -> HttpResponseBase:
        """Ask."""
        stands = door(project)
        stands.check()
        name, data = sent_file(request)
        keeper, seconds = request.META.get(KEEPER, ""), waiting(request, stands.service.patience)
        kept = Kept(keeper, seconds) if keeper and seconds else None
        inquiry = actions.ask(actor=user, project=project, name=name, data=data, kept=kept)
        if inquiry.state == InquiryState.THINKING:
            wake_model()
        return _told(request, project, inquiry, stands.service.patience)


def sent_file(request: HttpRequest | Request) -> tuple[str, bytes]:
    """The file that came with a call."""
    try:
        file = request.FILES.get("file")
    except (MultiPartParserError, TooManyFilesSent, RequestDataTooBig) as error:
        raise BadInput("Send one file as a form.", field="file") from error
    except OSError as error:  # a large file is spooled to disk
        raise (disk_full() if error.errno in NO_SPACE else error) from error
    if file is None:
        raise BadInput("Send a file.", field="file")
    if (file.size or 0) > LARGEST:
        raise TooLarge(f"At most {LARGEST // 2**20} MB.", field="file")
    return file.name or "input", file.read()


class AskAgainView(CallView):
    quick = "GET"

    @extend_schema(responses=ANSWERS, parameters=[WAIT])
    def get(self, request: Request, slug: str, inquiry_id: UUID) -> HttpResponseBase:
        """The answer to what was asked before (200), or that nobody answered yet (202), in time (504) or ever (410)."""
        return self.deal(request, caller(request), project_for(request.user, slug))

    def deal(self, request: HttpRequest | Request, user: User, project: Project) -> HttpResponseBase:
        """Tell how it stands."""
        inquiry = reads.inquiry_for(user, project, self.kwargs["inquiry_id"])
        return _told(request, project, inquiry, wait=0)


def waiting(request: HttpRequest | Request, patience: int, usual: int | None = None) -> int:
    """For how many seconds the caller wants to be kept, at most for as long as the service has patience."""
    asked = request.GET.get("wait", "")
    return min(int(asked), patience) if asked.isdecimal() else patience if usual is None else usual


def _told(
    request: HttpRequest | Request, project: Project, inquiry: Inquiry, patience: int = 0, wait: int | None = None
) -> HttpResponseBase:
    """The answer as it stands; while it is open the front keeps the caller for as long as the service has patience."""
    body, status = call_payload(project, inquiry)
    response = JsonResponse(body, status=status)
    if state_now(inquiry) not in OPEN:
        return response
    patience = patience or reads.service_of(project).patience
    seconds = waiting(request, patience, wait)
    if not seconds:
        return response
    gone = f"/api/v1/live/gone/{signing.dumps({'inquiry': str(inquiry.pk)}, salt=SALT)}"
    held = Held(topics.caller(inquiry.pk), seconds=seconds, then=place(project, inquiry), gone=gone)
    return hold(response, held)


@csrf_exempt
@require_POST
def gone(request: HttpRequest, token: str) -> HttpResponse:
    """Somebody whom the front kept has left; the signature says who, so no session is needed."""
    try:
        who = signing.loads(token, salt=SALT)
    except signing.BadSignature as error:
        raise NotFound("no such token", field="token") from error
    if "shift" in who:
        actions.leave(shift=Shift.objects.get(pk=who["shift"]))
    else:
        actions.abandon(inquiry=Inquiry.objects.get(pk=who["inquiry"]))
    return HttpResponse(status=204)


class FeedbackView(APIView):
    @extend_schema(request=serializers.FeedbackIn, responses={200: serializers.FeedbackOut})
    def post(self, request: Request, slug: str, inquiry_id: UUID) -> Response:
        """Say whether an answer was useful, rate it, comment on it, or correct it; sent twice it is stored once."""
        project = project_for(request.user, slug)
        inquiry = reads.inquiry_for(request.user, project, inquiry_id)
        given = parsed(serializers.FeedbackIn, request)
        row = actions.give_feedback(actor=caller(request), inquiry=inquiry, **given)
        return Response({"key": str(row.key)})


class InputView(APIView):
    content_negotiation_class = AsItIs

    @extend_schema(responses=BYTES)
    def get(self, request: Request, slug: str, input_id: int) -> HttpResponseBase:
        """An input's picture or sound, for those who have to do with it."""
        project = project_for(request.user, slug)
        blob = reads.input_for(request.user, project, input_id).blob
        if blob.format in NOT_SHOWN_BY_BROWSERS and blob.derived_at is not None:
            return send(request._request, key=derived_key(blob.pk, "view.webp"), content_type="image/webp")
        return send(request._request, key=blob_key(blob.pk), content_type=blob.content_type)
