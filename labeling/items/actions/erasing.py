"""Erasure on request: the bytes go, a tombstone stays."""

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import CharField, F, Q, QuerySet, Value
from django.db.models.functions import Cast, Concat
from django.utils import timezone

from labeling.audit import actions as audit
from labeling.errors import NotAllowed
from labeling.items import pieces, storage
from labeling.items.models import Blob, Erasure, Item, ItemState, Outcome, Upload, UploadedFile, UploadState
from labeling.projects.models import Member, Project, Role

BATCH = 100
DERIVED = ("webp", "view.webp", "peaks.json")
STAGED = (storage.ARCHIVE, "manifest.csv", "manifest.jsonl")
ERASED = "erased"


def erase_uploads(*, actor: User | None, project: Project, user: User) -> Erasure:
    """Remove everything that one person uploaded to a project, for themselves or by an owner; safe to repeat."""
    _may_erase(actor, project, user)
    erasure = _begin(actor, project, user)
    if erasure.done_at is not None:
        return erasure
    _stop_uploads(project, user)
    while _erase_some(erasure):
        pass
    _blank_paths(project, user)
    return _end(actor, erasure)


def _may_erase(actor: User | None, project: Project, user: User) -> None:
    if actor is None or actor == user:
        return
    owner = Member.objects.filter(project=project, user=actor, role=Role.OWNER, removed_at=None)
    if not owner.exists():
        raise NotAllowed("only an owner may erase what others uploaded", field="user")


def _begin(actor: User | None, project: Project, user: User) -> Erasure:
    """The request that still stands, the one that left nothing to do, or a new one."""
    with transaction.atomic():
        Project.objects.select_for_update(no_key=True).get(pk=project.pk)
        last = Erasure.objects.filter(project=project, user=user).order_by("-id").first()
        left = _items(project, user).exists() or _uploads(project, user).exists()
        if last is not None and (last.done_at is None or not left):
            return last
        erasure = Erasure.objects.create(project=project, user=user)
        audit.record(actor=actor, verb="request", row=erasure, project_id=project.pk, user=user.pk)
    return erasure


def _items(project: Project, user: User) -> QuerySet[Item]:
    return Item.objects.filter(project=project, uploaded_by=user).exclude(state=ItemState.ERASED)


def _uploads(project: Project, user: User) -> QuerySet[Upload]:
    return Upload.objects.filter(project=project, actor=user).exclude(name=ERASED)


def _stop_uploads(project: Project, user: User) -> None:
    """Stop what is on its way and drop what it staged; the worker sees it at its next sign of life."""
    for upload in _uploads(project, user):
        Upload.objects.filter(pk=upload.pk).exclude(state=UploadState.DONE).update(
            state=UploadState.FAILED, reason="Erased on request.", finished_at=timezone.now()
        )
        storage.remove(*(storage.incoming_key(upload.pk, name) for name in STAGED))
        storage.remove(*pieces.keys(upload.pk, upload.size or 0))


def _erase_some(erasure: Erasure) -> bool:
    """One batch, its files deleted while their rows are locked, so that a new upload of the same bytes waits."""
    with transaction.atomic():
        batch = list(_items(erasure.project, erasure.user).order_by("pk")[:BATCH])
        blobs = Blob.objects.select_for_update(no_key=True).filter(pk__in=[item.blob_id for item in batch])
        locked = list(blobs.order_by("pk"))
        ids = [item.pk for item in batch]
        Item.objects.filter(pk__in=ids).update(state=ItemState.ERASED, name=ERASED, metadata={}, fault="", group="")
        for blob in locked:
            _erase_blob(blob)
        Erasure.objects.filter(pk=erasure.pk).update(items=F("items") + len(ids))
    return bool(batch)


def _erase_blob(blob: Blob) -> None:
    """The bytes go unless another item lives on them."""
    if Item.objects.filter(blob=blob).exclude(state=ItemState.ERASED).exists():
        return
    storage.remove(storage.blob_key(blob.pk), *(storage.derived_key(blob.pk, kind) for kind in DERIVED))
    Blob.objects.filter(pk=blob.pk).update(erased_at=timezone.now(), fingerprint="", derived_at=None)


def _blank_paths(project: Project, user: User) -> None:
    """File names may name people: outcomes keep their number and lose their paths."""
    nameless = Concat(Value(f"{ERASED} "), Cast("pk", CharField()), output_field=CharField())
    mine = Q(upload__project=project, upload__actor=user)
    UploadedFile.objects.filter(mine | Q(item__project=project, item__state=ItemState.ERASED)).update(path=nameless)
    UploadedFile.objects.filter(mine | Q(item__project=project, item__state=ItemState.ERASED)).exclude(
        outcome=Outcome.REFUSED
    ).update(reason="")
    _uploads(project, user).update(name=ERASED, source="")


def _end(actor: User | None, erasure: Erasure) -> Erasure:
    with transaction.atomic():
        locked = Erasure.objects.select_for_update(no_key=True).get(pk=erasure.pk)
        if locked.done_at is None:
            locked.done_at = timezone.now()
            locked.save(update_fields=["done_at"])
            audit.record(actor=actor, verb="erase", row=locked, project_id=locked.project_id, items=locked.items)
    return locked
