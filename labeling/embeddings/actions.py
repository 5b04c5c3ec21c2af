"""The one writer of feature vectors."""

import logging
from collections.abc import Callable, Mapping
from typing import TypeVar

import numpy as np
from django.contrib.auth.models import User
from django.db import connection, transaction
from django.db.models import Exists, OuterRef, QuerySet
from psycopg.errors import UniqueViolation

from labeling.audit.actions import record
from labeling.embeddings.models import Embedding
from labeling.embeddings.reads import backbone_of, backbones_for, missing
from labeling.embeddings.wire import rows
from labeling.errors import BadInput, Unavailable
from labeling.items.models import Blob, ItemState
from labeling.items.storage import blob_key, read
from labeling.projects.models import Medium, Project
from ml.backbone import SIZE, fit
from ml.data import Unreadable, decode_audio, decode_image
from ml.features import STAGES, Features, log_mel, picture_features, sound_features, stage_features
from ml.speech import speech_features
from ml.stages import SIZE as STAGES_SIZE
from ml.versions import SPEECH

BATCH = 64  # files decoded and embedded at once, then kept: what a crash can cost
COPY = "COPY labeling_embedding (blob_id, backbone, vector) FROM STDIN (FORMAT BINARY)"
Progress = Callable[[int, int], None]
Decoded = TypeVar("Decoded")
log = logging.getLogger(__name__)


@transaction.atomic
def see_through(*, actor: User | None, project: Project, backbone: str) -> Project:
    """Choose the frozen features of a project, empty for the usual ones; what is stored of others stays."""
    row = Project.objects.select_for_update(no_key=True).get(pk=project.pk)
    if backbone == row.backbone:
        return row
    if backbone and backbone not in backbones_for(row.medium):
        raise BadInput(f"There are no such features for this project: {backbone!r}.", field="backbone")
    if reason := missing(backbone):
        raise BadInput(reason, field="backbone")
    row.backbone = backbone
    row.save(update_fields=["backbone"])
    record(actor=actor, verb="chose features", row=row, project_id=row.pk, backbone=backbone)
    return row


def ensure(*, project: Project, limit: int | None = None, on_progress: Progress | None = None) -> int:
    """Compute the vectors that ready items lack, batch by batch, each kept at once; returns how many were made.

    `on_progress(done, total)` is called after each batch and may raise to stop. Two at once do some work twice.
    Raises Unavailable where what computes them is an extra that is gone.
    """
    backbone = backbone_of(project)
    if reason := missing(backbone):
        raise Unavailable(reason, field="backbone")
    lacking = list(_lacking(project, backbone)[:limit])
    made = 0
    for start in range(0, len(lacking), BATCH):
        made += _embed(project.medium, backbone, lacking[start : start + BATCH])
        if on_progress is not None:
            on_progress(min(start + BATCH, len(lacking)), len(lacking))
    return made


def _lacking(project: Project, backbone: str) -> "QuerySet[Blob, str]":
    have = Embedding.objects.filter(backbone=backbone, blob=OuterRef("pk"))
    blobs = Blob.objects.filter(items__project=project, items__state=ItemState.READY, erased_at=None)
    return blobs.filter(~Exists(have)).order_by("pk").values_list("pk", flat=True)


def _embed(medium: str, backbone: str, blob_ids: list[str]) -> int:
    """Vectors of those files that can be read; the rest is logged and left for the owner's eyes."""
    readable, vectors = _vectors(medium, backbone, blob_ids)
    try:
        _keep(backbone, readable, vectors)
    except UniqueViolation:  # somebody else was quicker with some of them
        there = set(Embedding.objects.filter(blob__in=readable, backbone=backbone).values_list("blob", flat=True))
        fresh = [at for at, blob in enumerate(readable) if blob not in there]
        _keep(backbone, [readable[at] for at in fresh], vectors[fresh])
    return len(readable)


def adopt(*, project: Project, known: Mapping[str, Features]) -> int:
    """Keep vectors that were computed elsewhere, by file hash, for those files that lack them; returns how many."""
    backbone = backbone_of(project)
    found = [blob for blob in _lacking(project, backbone) if blob in known]
    if found:
        _keep(backbone, found, np.stack([known[blob] for blob in found]))
    return len(found)


@transaction.atomic
def _keep(backbone: str, blob_ids: list[str], vectors: Features) -> None:
    with connection.cursor() as cursor, cursor.copy(COPY) as copy:
        for row in rows([(blob, backbone) for blob in blob_ids], vectors):
            copy.write(row)


def _vectors(medium: str, backbone: str, blob_ids: list[str]) -> tuple[list[str], Features]:
    if medium == Medium.IMAGE:
        features, size = (stage_features, STAGES_SIZE) if backbone == STAGES else (picture_features, SIZE)
        # made small one by one: a batch of large photographs would hold 12 GB
        pictures = _readable(blob_ids, lambda data: fit(decode_image(data), size))
        return list(pictures), features(list(pictures.values()))
    if backbone == SPEECH:  # one by one: a batch of long sounds would hold gigabytes
        heard = _readable(blob_ids, lambda data: speech_features([decode_audio(data)])[0])
        return list(heard), np.stack(list(heard.values())) if heard else np.empty((0, 0), np.float32)
    sounds = _readable(blob_ids, lambda data: log_mel(*decode_audio(data)))
    return list(sounds), sound_features(list(sounds.values())) if sounds else np.empty((0, 0), np.float32)


def _readable(blob_ids: list[str], decode: Callable[[bytes], Decoded]) -> dict[str, Decoded]:
    found = {}
    for blob in blob_ids:
        try:
            found[blob] = decode(read(blob_key(blob)))
        except (Unreadable, FileNotFoundError) as error:
            log.warning("No features for file %s: %s", blob, error)
    return found
