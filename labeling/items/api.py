"""Uploads and items over HTTP."""

from typing import Any, cast

from django.contrib.auth.models import User
from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.generics import ListAPIView
from rest_framework.parsers import FormParser, JSONParser, MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from labeling.errors import BadInput, NotFound
from labeling.items import actions, reads, receiving, serializers
from labeling.items.actions import FileOutcome
from labeling.items.models import Item, Upload, UploadedFile
from labeling.items.paging import Following
from labeling.projects.models import Project, Role
from labeling.projects.reads import project_for


def _user(request: Request) -> User:
    return cast(User, request.user)


def _data(shape: type[Any], request: Request) -> dict[str, Any]:
    parsed = shape(data=request.data)
    parsed.is_valid(raise_exception=True)
    return cast(dict[str, Any], parsed.validated_data)


def _upload(request: Request, slug: str, upload_id: int) -> Upload:
    return reads.upload_for(project_for(_user(request), slug, Role.OWNER), upload_id)


def _progress(upload: Upload, outcomes: list[FileOutcome] | None = None, status: int = 200) -> Response:
    body = dict(serializers.ProgressOut(reads.progress(upload)).data)
    if outcomes is not None:
        body["outcomes"] = serializers.OutcomeOut(outcomes, many=True).data
    return Response(body, status=status)


class UploadsView(ListAPIView[Upload]):
    """All uploads of a project, and the beginning of a new one."""

    parser_classes = (MultiPartParser, JSONParser, FormParser)
    pagination_class = Following
    serializer_class = serializers.ProgressOut

    def get_queryset(self) -> QuerySet[Upload]:
        """Newest first."""
        return reads.uploads(project_for(_user(self.request), self.kwargs["slug"], Role.OWNER))

    def paginate_queryset(self, queryset: Any) -> Any:
        """With how far each is."""
        page = super().paginate_queryset(queryset)
        return None if page is None else [reads.progress(upload) for upload in page]

    @extend_schema(request=serializers.UploadIn, responses={201: serializers.ReceivedOut})
    def post(self, request: Request, slug: str) -> Response:
        """Begin an upload, or go on with the unfinished one of the same name; a zip or files may come along."""
        project = project_for(_user(request), slug, Role.OWNER)
        upload = actions.start_upload(actor=_user(request), project=project, name=_name(request))
        upload, outcomes = _take(request, upload)
        return _progress(upload, outcomes, status=201)


def _name(request: Request) -> str:
    """The name given, or that of what is sent."""
    given = request.data.get("name") if isinstance(request.data, dict) else None
    if given is not None and not isinstance(given, str):
        raise BadInput("a text", field="name")
    sent = [file.name for file in request.FILES.values()]
    if not given and not sent:
        raise BadInput("name what is coming", field="name")
    return given or str(sent[0])


def _take(request: Request, upload: Upload) -> tuple[Upload, list[FileOutcome]]:
    """Whatever a request brings: a zip for the worker, or files with their outcomes."""
    files = receiving.files_in(request.data)
    archive, manifest = request.FILES.get("archive"), request.FILES.get("manifest")
    if archive is not None:
        if files:
            raise BadInput("a zip or files, not both", field="archive")
        return actions.receive_archive(actor=_user(request), upload=upload, file=archive), []
    inside, others = receiving.split_manifest(files)
    if manifest is not None or inside is not None:
        file = manifest or (inside[1] if inside else None)
        assert file is not None
        actions.receive_manifest(upload=upload, name=file.name or "", data=file.read())
    shown = receiving.visible(others)
    actions.count_hidden(upload=upload, count=len(others) - len(shown))
    rows = actions.manifest_of(upload) if shown else {}
    outcomes = actions.add_files(actor=_user(request), upload=upload, files=receiving.with_rows(shown, rows))
    return upload, outcomes


class UploadView(APIView):
    """One upload."""

    @extend_schema(responses=serializers.ProgressOut)
    def get(self, request: Request, slug: str, upload_id: int) -> Response:
        """How far it is."""
        return _progress(_upload(request, slug, upload_id))


@extend_schema(parameters=[OpenApiParameter("outcome", str, description="added, duplicate or refused")])
class UploadFilesView(ListAPIView[UploadedFile]):
    """An upload's files."""

    parser_classes = (MultiPartParser,)
    pagination_class = Following
    serializer_class = serializers.UploadedFileOut

    def get_queryset(self) -> QuerySet[UploadedFile]:
        """In order of arrival, all or those of one outcome."""
        upload = _upload(self.request, self.kwargs["slug"], self.kwargs["upload_id"])
        return reads.files_of(upload, self.request.query_params.get("outcome", ""))

    @extend_schema(request=serializers.UploadIn, responses=serializers.ReceivedOut)
    def post(self, request: Request, slug: str, upload_id: int) -> Response:
        """Send more files, or the zip, of an upload that was begun."""
        upload, outcomes = _take(request, _upload(request, slug, upload_id))
        return _progress(upload, outcomes)


class ZipView(APIView):
    """A zip that will come in pieces."""

    @extend_schema(request=serializers.ZipIn, responses={201: serializers.ProgressOut})
    def post(self, request: Request, slug: str) -> Response:
        """Begin it, or go on with the same file's; `received` tells where its next piece begins."""
        project = project_for(_user(request), slug, Role.OWNER)
        upload = actions.start_zip(actor=_user(request), project=project, **_data(serializers.ZipIn, request))
        return _progress(upload, status=201)


class PiecesView(APIView):
    """The pieces of a zip."""

    parser_classes = (MultiPartParser,)

    @extend_schema(request=serializers.PieceIn, responses=serializers.ProgressOut)
    def post(self, request: Request, slug: str, upload_id: int) -> Response:
        """Send the next one; after the last the worker has the zip. The same one again changes nothing."""
        upload, sent = _upload(request, slug, upload_id), _data(serializers.PieceIn, request)
        return _progress(
            actions.receive_piece(actor=_user(request), upload=upload, start=sent["start"], file=sent["piece"])
        )


class FinishView(APIView):
    """The end of sending."""

    @extend_schema(request=None, responses=serializers.ProgressOut)
    def post(self, request: Request, slug: str, upload_id: int) -> Response:
        """Say that all files were sent."""
        upload = _upload(request, slug, upload_id)
        return _progress(actions.finish_upload(actor=_user(request), upload=upload))


class ResumeView(APIView):
    """A second try."""

    @extend_schema(request=None, responses=serializers.ProgressOut)
    def post(self, request: Request, slug: str, upload_id: int) -> Response:
        """Go on with an upload that stopped, for instance on a full disk."""
        upload = _upload(request, slug, upload_id)
        return _progress(actions.resume_upload(actor=_user(request), upload=upload))


@extend_schema(parameters=[OpenApiParameter("state", str), OpenApiParameter("name", str, description="part of it")])
class ItemsView(ListAPIView[Item]):
    """The project's items, newest first."""

    pagination_class = Following
    serializer_class = serializers.ItemOut

    def get_queryset(self) -> QuerySet[Item]:
        """All, or those in one state or with a name."""
        project = project_for(_user(self.request), self.kwargs["slug"], Role.EXPERT)
        asked = self.request.query_params
        return reads.items(project, state=asked.get("state", ""), name=asked.get("name", ""))


class ItemView(APIView):
    """One item."""

    @extend_schema(responses=serializers.ItemOut)
    def get(self, request: Request, slug: str, item_id: int) -> Response:
        """Its file's facts."""
        project = project_for(_user(request), slug, Role.EXPERT)
        return Response(serializers.ItemOut(reads.item_for(project, item_id)).data)


class ExcludeView(APIView):
    """Items set aside."""

    @extend_schema(request=serializers.ExcludeIn, responses=serializers.ChangedOut)
    def post(self, request: Request, slug: str) -> Response:
        """Take items out of labeling, with the reason."""
        project = project_for(_user(request), slug, Role.OWNER)
        asked = _data(serializers.ExcludeIn, request)
        moved = actions.exclude(actor=_user(request), items=_items(project, asked["items"]), reason=asked["reason"])
        return Response({"items": [item.pk for item in moved], "state": "excluded"})


class IncludeView(APIView):
    """Items taken back."""

    @extend_schema(request=serializers.IncludeIn, responses=serializers.ChangedOut)
    def post(self, request: Request, slug: str) -> Response:
        """Take excluded items back into labeling."""
        project = project_for(_user(request), slug, Role.OWNER)
        moved = actions.include(
            actor=_user(request), items=_items(project, _data(serializers.IncludeIn, request)["items"])
        )
        return Response({"items": [item.pk for item in moved], "state": "ready"})


def _items(project: Project, ids: list[int]) -> list[Item]:
    return list(Item.objects.filter(project=project, pk__in=ids))


class EraseView(APIView):
    """Erasure on request."""

    @extend_schema(request=serializers.EraseIn, responses=serializers.ErasureOut)
    def post(self, request: Request, slug: str) -> Response:
        """Remove what one person uploaded: one's own, or for an owner anybody's."""
        project = project_for(_user(request), slug)
        username = _data(serializers.EraseIn, request).get("username") or _user(request).get_username()
        user = User.objects.filter(username=username, memberships__project=project).first()
        if user is None:
            raise NotFound("never a member of this project", field="username")
        erasure = actions.erase_uploads(actor=_user(request), project=project, user=user)
        return Response(serializers.ErasureOut(erasure).data)
