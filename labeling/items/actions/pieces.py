"""A zip that is sent in pieces, one after the other, so that a broken connection goes on where it was."""

from django.conf import settings
from django.contrib.auth.models import User
from django.core.files.base import File
from django.db import transaction
from django.template.defaultfilters import filesizeformat
from django.utils import timezone

from labeling.audit import actions as audit
from labeling.errors import BadInput, Conflict, NotAllowed
from labeling.items import pieces, storage
from labeling.items.actions.handing_over import queue
from labeling.items.models import Upload, UploadState
from labeling.items.names import plain
from labeling.projects.models import Project

_GOING = (UploadState.RECEIVING, UploadState.QUEUED, UploadState.RUNNING)


def start_zip(*, actor: User, project: Project, name: str, size: int, mark: str) -> Upload:
    """A new upload of a zip of this size, or the one that this person began of the same file and is not over."""
    check_size(size)
    name = plain(name).strip()[-300:] or "upload"
    with transaction.atomic():
        Project.objects.select_for_update(no_key=True).get(pk=project.pk)  # two tabs begin one upload
        same = Upload.objects.filter(project=project, actor=actor, name=name, size=size, mark=mark, state__in=_GOING)
        known = same.order_by("-id").first()
        if known is not None:
            return known
        upload = Upload.objects.create(project=project, actor=actor, name=name, size=size, mark=mark)
        audit.record(actor=actor, verb="start", row=upload, project_id=project.pk, name=name, bytes=size)
    return upload


def check_size(size: int) -> None:
    """Raise BadInput for a zip that is too large, or empty."""
    if size < 1:
        raise BadInput("The file is empty.", field="size")
    if size > settings.EMERALD_MAX_ZIP_BYTES:
        raise BadInput(f"A zip may have {filesizeformat(settings.EMERALD_MAX_ZIP_BYTES)} at most.", field="size")


def receive_piece(*, actor: User, upload: Upload, start: int, file: "File[bytes]") -> Upload:
    """Keep the next piece; the last one hands the upload to the worker. One that is there already changes nothing."""
    if upload.actor_id != actor.pk:
        raise NotAllowed("Somebody else began this upload.", field="upload")
    if upload.size is None:
        raise Conflict("This upload was not begun as a zip in pieces.", field="upload")
    if start % pieces.BYTES or not 0 <= start < upload.size:
        raise BadInput(f"a piece begins at a multiple of {pieces.BYTES} below {upload.size}", field="start")
    if file.size != pieces.length(start, upload.size):
        raise BadInput(f"this piece has {pieces.length(start, upload.size)} bytes", field="piece")
    if start < upload.received:
        return upload
    if start > upload.received:
        raise Conflict(f"The piece that begins at {upload.received} comes next.", field="start")
    storage.save(pieces.key(upload.pk, start), file)
    return _count(actor, upload, start)


def _count(actor: User, upload: Upload, start: int) -> Upload:
    """Say that the piece is there; two that send the same one at once store the same bytes, and count once."""
    with transaction.atomic():
        locked = Upload.objects.select_for_update(no_key=True).get(pk=upload.pk)
        assert locked.size is not None
        if locked.state == UploadState.RECEIVING and locked.received == start:
            locked.received += pieces.length(start, locked.size)
            locked.heartbeat_at = timezone.now()
            locked.save(update_fields=["received", "heartbeat_at"])
            if locked.received == locked.size:
                return queue(actor, locked, storage.incoming_key(locked.pk, pieces.NAME))
    stopped = locked.state == UploadState.FAILED
    if locked.state == UploadState.DONE or (stopped and locked.received <= start):
        storage.remove(pieces.key(upload.pk, start))  # over while it came, and wanted by nobody
    if stopped:
        raise Conflict("This upload takes no more files.", field="upload")
    return locked


def give_up(*, upload: Upload) -> None:
    """Stop a zip whose rest never came, and drop its pieces; safe to repeat, also after a death half-way.

    The files go under the row's lock: a piece that comes meanwhile waits, and then finds the upload stopped.
    """
    assert upload.size is not None
    with transaction.atomic():
        locked = Upload.objects.select_for_update(no_key=True).get(pk=upload.pk)
        if locked.state != UploadState.RECEIVING or locked.heartbeat_at != upload.heartbeat_at:
            return
        storage.remove(*pieces.keys(locked.pk, upload.size))
        here, whole = filesizeformat(locked.received), filesizeformat(upload.size)
        locked.state, locked.finished_at = UploadState.FAILED, timezone.now()
        locked.reason = f"Only {here} of {whole} came, and nothing more for a day."
        locked.received = 0
        locked.save(update_fields=["state", "finished_at", "reason", "received"])
        audit.record(actor=None, verb="give_up", row=locked, project_id=locked.project_id)
