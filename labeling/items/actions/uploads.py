"""The way of an upload: begun, filled, handed to the worker."""

from datetime import timedelta

from django.contrib.auth.models import User
from django.core.files.base import ContentFile, File
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from labeling.audit import actions as audit
from labeling.errors import Conflict
from labeling.items import storage
from labeling.items.actions.handing_over import queue
from labeling.items.actions.pieces import check_size, give_up
from labeling.items.manifest import ManifestRow, parse
from labeling.items.models import Outcome, Upload, UploadedFile, UploadState
from labeling.items.names import plain, row_path, spellings
from labeling.items.reads import can_resume
from labeling.items.sources.entries import MISSING
from labeling.projects.models import Project

ABANDONED = timedelta(days=1)
_GOING = (UploadState.RECEIVING, UploadState.QUEUED, UploadState.RUNNING)


def start_upload(*, actor: User | None, project: Project, name: str, source: str = "") -> Upload:
    """A new upload, or the unfinished one of the same person, name and source, so that a second try goes on.

    With a `source` on this machine it is queued at once; else it waits to receive files.
    """
    name = plain(name).strip()[-300:] or "upload"
    with transaction.atomic():
        Project.objects.select_for_update(no_key=True).get(pk=project.pk)  # two tabs begin one upload
        going = Upload.objects.filter(project=project, actor=actor, name=name, source=source, state__in=_GOING)
        known = going.filter(size=None).order_by("-id").first()
        if known is not None:
            return known
        state = UploadState.QUEUED if source else UploadState.RECEIVING
        upload = Upload.objects.create(project=project, actor=actor, name=name, source=source, state=state)
        audit.record(actor=actor, verb="start", row=upload, project_id=project.pk, name=name)
    return upload


def receive_archive(*, actor: User | None, upload: Upload, file: "File[bytes]") -> Upload:
    """Stream a zip into storage and hand the upload to the worker; the stream stays outside the transaction."""
    _must_receive(upload)
    check_size(file.size)
    key = storage.incoming_key(upload.pk, storage.ARCHIVE)
    storage.save(key, file)
    return queue(actor, upload, key)


def receive_manifest(*, upload: Upload, name: str, data: bytes) -> int:
    """Keep the manifest of files that are sent one by one; the number of its rows. Raises BadInput."""
    _must_receive(upload)
    rows = parse(name, data)
    ending = "csv" if name.lower().endswith(".csv") else "jsonl"
    storage.remove(*(storage.incoming_key(upload.pk, f"manifest.{other}") for other in ("csv", "jsonl")))
    storage.save(storage.incoming_key(upload.pk, f"manifest.{ending}"), ContentFile(data))
    return len(rows)


def count_hidden(*, upload: Upload, count: int) -> None:
    """Remember hidden files that were sent and passed over."""
    if count:
        Upload.objects.filter(pk=upload.pk).update(ignored=F("ignored") + count)


def manifest_of(upload: Upload) -> dict[str, ManifestRow]:
    """The rows of the manifest that came before the files, by path."""
    for ending in ("csv", "jsonl"):
        key = storage.incoming_key(upload.pk, f"manifest.{ending}")
        if default_storage.exists(key):
            return parse(f"manifest.{ending}", storage.read(key))
    return {}


def finish_upload(*, actor: User | None, upload: Upload) -> Upload:
    """All files were sent; those that the manifest names and nobody sent are told. Done twice it changes nothing."""
    if upload.size is not None and upload.state == UploadState.RECEIVING:
        raise Conflict("Not all of the zip is here yet.", field="upload")
    named = manifest_of(upload)
    with transaction.atomic():
        locked = Upload.objects.select_for_update(no_key=True).get(pk=upload.pk)
        if locked.state != UploadState.RECEIVING:
            return locked
        _tell_missing(locked, named)
        locked.state, locked.finished_at = UploadState.DONE, timezone.now()
        locked.total = locked.files.count()
        locked.save(update_fields=["state", "finished_at", "total"])
        audit.record(actor=actor, verb="finish", row=locked, project_id=locked.project_id, files=locked.total)
    storage.remove(*(storage.incoming_key(upload.pk, f"manifest.{ending}") for ending in ("csv", "jsonl")))
    return locked


def _tell_missing(upload: Upload, named: dict[str, ManifestRow]) -> None:
    sent = {name for path in upload.files.values_list("path", flat=True) for name in spellings(path)}
    rows = [
        UploadedFile(upload=upload, path=row_path(path), outcome=Outcome.REFUSED, reason=MISSING)
        for path in named
        if path not in sent
    ]
    UploadedFile.objects.bulk_create(rows, ignore_conflicts=True)


def close_abandoned() -> int:
    """Finish uploads that nobody has sent files to for a day; files that came stay, a zip's pieces go."""
    silent = Upload.objects.filter(state=UploadState.RECEIVING, heartbeat_at__lt=timezone.now() - ABANDONED)
    uploads = list(silent)
    for upload in uploads:
        if upload.size is None:
            finish_upload(actor=None, upload=upload)
        else:
            give_up(upload=upload)
    return len(uploads)


def resume_upload(*, actor: User | None, upload: Upload) -> Upload:
    """Try again what stopped, for instance on a full disk; files that came in are passed over."""
    if not can_resume(upload):
        raise Conflict("Only an upload that stopped and whose source is still there can go on.", field="upload")
    return queue(actor, upload, upload.source)


def _must_receive(upload: Upload) -> None:
    if upload.state != UploadState.RECEIVING or upload.size is not None:
        raise Conflict("This upload takes no more files.", field="upload")
