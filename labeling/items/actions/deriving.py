"""Thumbnails and peaks of files that came in without them."""

import os
from concurrent.futures import ThreadPoolExecutor

from django.db import connection, transaction
from django.db.models import F
from django.utils import timezone

from labeling.audit import actions as audit
from labeling.items import storage
from labeling.items.examine import Refused, derive
from labeling.items.models import Blob, Item, ItemState
from labeling.projects.models import Project

BATCH = 64
MOST_TRIES = 3  # a file at which the reading process died so often is left alone
DEADLY = "Each program that began to read this file died of it."
ADVISORY_LOCK = 0x0DE21FE  # any number that nobody else locks by


def derive_waiting(*, project: Project | None = None, limit: int | None = None) -> int:
    """Make what is missing and open the items for labeling; how many files it dealt with. Two at once do no harm."""
    done = 0
    with ThreadPoolExecutor(max(os.cpu_count() or 1, 2)) as pool:
        while blobs := _waiting(project, BATCH if limit is None else min(BATCH, limit - done)):
            Blob.objects.filter(pk__in=[blob.pk for blob in blobs]).update(derive_tries=F("derive_tries") + 1)
            faults = dict(zip((blob.pk for blob in blobs), pool.map(_derive, blobs), strict=True))
            _open(faults)
            done += len(blobs)
    _open({})
    return done


def derive_one_at_a_time() -> int:
    """The same, unless another worker is at it: each file is then decoded once. Holds an advisory lock meanwhile."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [ADVISORY_LOCK])
        if not cursor.fetchone()[0]:
            return 0
        try:
            return derive_waiting()
        finally:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [ADVISORY_LOCK])


def _waiting(project: Project | None, count: int) -> list[Blob]:
    items = Item.objects.filter(state=ItemState.NEW, blob__derived_at=None)
    if project is not None:
        items = items.filter(project=project)
    fresh = items.filter(blob__derive_tries=0).order_by("id").values("blob_id")[: max(count, 0)]
    if blobs := list(Blob.objects.filter(pk__in=fresh)):
        return blobs
    # Somebody died among these: one at a time, so that the one to blame is found and the others are not.
    again = items.order_by("blob__derive_tries", "id").values_list("blob_id", flat=True).first()
    return list(Blob.objects.filter(pk=again)) if count > 0 else []


def _derive(blob: Blob) -> str:
    """Make and store one file's derivatives; the fault where that cannot be done, else nothing."""
    if blob.derive_tries >= MOST_TRIES:
        return DEADLY
    try:
        made = derive(format_name=blob.format, data=storage.read(storage.blob_key(blob.pk)))
    except FileNotFoundError:
        return "The file is gone from storage."
    except Refused as refusal:
        return refusal.reason
    for kind, data in made.items():
        storage.put(storage.derived_key(blob.pk, kind), data)
    return ""


def _open(faults: dict[str, str]) -> None:
    """Mark what was made, set faulty items aside, open the others. Rows are locked in order of their keys."""
    made = [pk for pk, fault in faults.items() if not fault]
    with transaction.atomic():
        list(Blob.objects.select_for_update(no_key=True).filter(pk__in=faults).order_by("pk").values_list("pk"))
        Blob.objects.filter(pk__in=made, derived_at=None, erased_at=None).update(derived_at=timezone.now())
        Item.objects.filter(state=ItemState.NEW, blob__derived_at__isnull=False).update(state=ItemState.READY)
        for pk, fault in faults.items():
            if fault:
                _set_aside(pk, fault)


def _set_aside(sha256: str, fault: str) -> None:
    for item in Item.objects.select_for_update(no_key=True).filter(blob_id=sha256, state=ItemState.NEW).order_by("pk"):
        item.state, item.fault = ItemState.FAULTY, fault[:200]
        item.save(update_fields=["state", "fault"])
        audit.record(actor=None, verb="set-faulty", row=item, project_id=item.project_id, fault=item.fault)
