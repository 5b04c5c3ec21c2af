"""Exports over HTTP: read-only, for owners and experts."""

from collections.abc import Callable, Iterator

from django.http import StreamingHttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.views import APIView

from labeling.errors import NotFound
from labeling.exports import reads
from labeling.exports.archive import zip_by_class
from labeling.exports.formats import blocks, csv_lines, json_lines
from labeling.projects.models import Project, Role
from labeling.projects.reads import project_for

CSV, JSONL, ZIP = "text/csv; charset=utf-8", "application/jsonl; charset=utf-8", "application/zip"


def labels_csv(project: Project) -> Iterator[bytes]:
    """One line an item, a column for the probability of each class."""
    columns = [*reads.LABEL_COLUMNS, *reads.class_columns(project).values()]
    return csv_lines(columns, ({**row, **row["probabilities"]} for row in reads.labels(project)))


def labels_jsonl(project: Project) -> Iterator[bytes]:
    """One object an item."""
    return json_lines(reads.labels(project))


def answers_csv(project: Project) -> Iterator[bytes]:
    """One line an answer."""
    return csv_lines(reads.ANSWER_COLUMNS, reads.answers(project))


def answers_jsonl(project: Project) -> Iterator[bytes]:
    """One object an answer."""
    return json_lines(reads.answers(project))


def files_zip(project: Project) -> Iterator[bytes]:
    """The verified items' files."""
    return zip_by_class(reads.verified_files(project))


EXPORTS: dict[str, tuple[Callable[[Project], Iterator[bytes]], str]] = {
    "labels.csv": (labels_csv, CSV),
    "labels.jsonl": (labels_jsonl, JSONL),
    "answers.csv": (answers_csv, CSV),
    "answers.jsonl": (answers_jsonl, JSONL),
    "files.zip": (files_zip, ZIP),
}


class ExportView(APIView):
    """Send one export as it is read."""

    @extend_schema(
        operation_id="export",
        responses={(200, "application/octet-stream"): OpenApiTypes.BINARY},
        description=f"One of {', '.join(EXPORTS)}, streamed.",
    )
    def get(self, request: Request, slug: str, name: str) -> StreamingHttpResponse:
        """Labels and answers as CSV or JSON lines; files as a zip with a folder for each class."""
        project = project_for(request.user, slug, Role.OWNER, Role.EXPERT)
        if name not in EXPORTS:
            raise NotFound(f"there is no such export: {', '.join(EXPORTS)}", field="name")
        make, content_type = EXPORTS[name]
        response = StreamingHttpResponse(blocks(make(project)), content_type=content_type)
        response["Content-Disposition"] = f'attachment; filename="{slug}-{name}"'
        response["Cache-Control"] = "no-store"
        return response
