"""Files straight from memory: examine, store, record."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction

from labeling.audit import actions as audit
from labeling.errors import Unavailable
from labeling.items.actions.recording import Candidate, FileOutcome, record_batch, store
from labeling.items.examine import Refused, examine
from labeling.items.manifest import ManifestRow
from labeling.items.models import Outcome, Upload
from labeling.projects.models import Project


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
    *, actor: User | None, project: Project, upload: Upload, files: Iterable[tuple[str, bytes, ManifestRow]]
) -> list[FileOutcome]:
    """Take in the files of one request; their derivatives wait for the worker. A full disk keeps what came before."""
    candidates: list[Candidate] = []
    try:
        for name, data, row in files:
            candidates.append(take(name, data, project.medium, row, derive=False))
    except Unavailable:
        _record(actor, project, upload, candidates)
        raise
    return _record(actor, project, upload, candidates)


def _record(
    actor: User | None, project: Project, upload: Upload, candidates: Sequence[Candidate]
) -> list[FileOutcome]:
    return record_batch(actor=actor, project=project, upload=upload, batch=candidates)


def take(name: str, data: bytes, medium: str, row: ManifestRow, *, derive: bool = True) -> Candidate:
    """Examine and store one file, outside any transaction; a refusal is part of what it returns."""
    try:
        examined = examine(name=name, data=data, medium=medium, derive=derive)
    except Refused as refusal:
        return Candidate(name, reason=refusal.reason, row=row)
    store(examined)
    return Candidate(name, examined, row=row)
