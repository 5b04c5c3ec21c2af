"""The moment at which an upload goes to the worker."""

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from labeling.audit import actions as audit
from labeling.items.models import Upload, UploadState


def queue(actor: User | None, upload: Upload, source: str) -> Upload:
    """Let the worker have it, unless it has it already."""
    with transaction.atomic():
        locked = Upload.objects.select_for_update(no_key=True).get(pk=upload.pk)
        if locked.state not in (UploadState.RECEIVING, UploadState.FAILED):
            return locked
        locked.state, locked.source, locked.reason = UploadState.QUEUED, source, ""
        locked.heartbeat_at, locked.finished_at = timezone.now(), None
        locked.save(update_fields=["state", "source", "reason", "heartbeat_at", "finished_at"])
        audit.record(actor=actor, verb="queue", row=locked, project_id=locked.project_id)
    return locked
