"""What the promoted model says of callers' inputs; imports torch, so only the worker of the live queue loads it."""

import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from uuid import UUID

import numpy as np
from django.utils import timezone

from labeling.items.storage import blob_key, read
from labeling.oz.actions import answered_by_model
from labeling.oz.models import Inquiry, InquiryState
from labeling.projects.models import Label, Project
from labeling.registry.artefacts import path_of
from labeling.registry.models import ModelVersion
from labeling.registry.reads import promoted
from ml.predict import predict

BATCH = 32


def predict_waiting(*, project: Project) -> int:
    """Answer this project's waiting callers, oldest first, until none is left; returns how many it answered."""
    answered = 0
    while (version := promoted(project)) is not None and (rows := _waiting(project)):
        begun = time.monotonic()
        opinions = _opinions(version, rows)
        milliseconds = round(1000 * (time.monotonic() - begun))
        answered += answered_by_model(version=version, opinions=opinions, milliseconds=milliseconds)
    return answered


def _waiting(project: Project) -> list[Inquiry]:
    rows = Inquiry.objects.filter(project=project, state=InquiryState.THINKING, expires_at__gt=timezone.now())
    return list(rows.select_related("input__blob").order_by("created_at")[:BATCH])


def _opinions(version: ModelVersion, rows: Sequence[Inquiry]) -> list[tuple[UUID, str, float]]:
    names = dict(Label.objects.filter(pk__in=version.label_ids).values_list("pk", "name"))
    with tempfile.TemporaryDirectory() as folder:
        files = []
        for row in rows:
            files.append(Path(folder, f"{row.pk}.{row.input.blob.format}"))
            files[-1].write_bytes(read(blob_key(row.input.blob_id)))
        probabilities, _ = predict(path_of(version), files=files)
    sure = np.nan_to_num(probabilities)
    best = sure.argmax(axis=1)
    return [
        (row.pk, names[version.label_ids[place]], float(sure[at, place]))
        for at, (row, place) in enumerate(zip(rows, best.tolist(), strict=True))
    ]
