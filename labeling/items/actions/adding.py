"""Files straight from memory: examine, store, record."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from labeling.audit import actions as audit
from labeling.errors import Conflict, Unavailable
from labeling.items.actions.recording import Candidate, FileOutcome, record_batch, store
from labeling.items.examine import Refused, examine
from labeling.items.manifest import ManifestRow
from labeling.items.models import Outcome, Upload, UploadState
from labeling.projects.models import Project

RUN_BYTES = 32 * 2**20  # held in memory before rows are written


def add_file(
    *,
    actor: User | None,
    project: Project,
    name: str,
    data: bytes,
    upload: Upload | None = None,
    metadata: dict[str, Any] | None = None,
    supposed: str = "",
    source: str = "manifest",
    group: str = "",
) -> FileOutcome:
    """Take in one file with its derivatives; the outcome tells whether it is new, already there or refused, and why."""
    row = ManifestRow(label=supposed, source=source, group=group, metadata=metadata or {})
    candidate = take(name, data, project.medium, row)
    with transaction.atomic():
        outcome = record_batch(actor=actor, project=project, upload=upload, batch=[candidate])[0]
        if outcome.outcome == Outcome.ADDED and outcome.item is not None and upload is None:
            audit.record(actor=actor, verb="add", row=outcome.item, project_id=project.pk, name=outcome.item.name)
    return outcome


def add_files(
    *, actor: User | None, upload: Upload, files: Iterable[tuple[str, bytes, ManifestRow]]
) -> list[FileOutcome]:
    """Take in the files of one request; their derivatives wait for the worker. A full disk keeps what came before."""
    receiving = Upload.objects.filter(pk=upload.pk, state=UploadState.RECEIVING)
    if not receiving.update(heartbeat_at=timezone.now()):
        raise Conflict("This upload takes no more files.", field="upload")
    outcomes: list[FileOutcome] = []
    for run, full in _runs(upload.project.medium, files):
        outcomes += record_batch(actor=actor, project=upload.project, upload=upload, batch=run)
        if full is not None:
            raise full
    return outcomes


def _runs(
    medium: str, files: Iterable[tuple[str, bytes, ManifestRow]]
) -> Iterator[tuple[Sequence[Candidate], Unavailable | None]]:
    """Files examined and stored, in runs that fit into memory; the last one with the full disk that ended it."""
    run: list[Candidate] = []
    size = 0
    for name, data, row in files:
        try:
            run.append(take(name, data, medium, row, derive=False))
        except Unavailable as full:
            yield run, full
        size += len(data)
        if size > RUN_BYTES:
            yield run, None
            run, size = [], 0
    yield run, None


def take(name: str, data: bytes, medium: str, row: ManifestRow, *, derive: bool = True) -> Candidate:
    """Examine and store one file, outside any transaction; a refusal is part of what it returns."""
    try:
        examined = examine(name=name, data=data, medium=medium, derive=derive)
    except Refused as refusal:
        return Candidate(name, reason=refusal.reason, row=row)
    store(examined)
    return Candidate(name, examined, row=row)
