"""Freeze what people have agreed on."""

import os
import shutil
from pathlib import Path

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Max

from labeling.audit.actions import record
from labeling.datasets.folders import root
from labeling.datasets.models import Snapshot
from labeling.datasets.rows import Contents, collect
from labeling.embeddings.reads import backbone_of
from labeling.projects.models import Medium, Project
from ml.snapshot import content_hash, write_snapshot

KINDS = {Medium.IMAGE: "image", Medium.SOUND: "audio"}


def freeze(*, actor: User | None, project: Project) -> Snapshot:
    """Write the project's labels as they stand into a folder of their own; the same content is the same snapshot."""
    contents = collect(project)
    digest = content_hash(*_head(project, contents), contents.rows, backbone_of(project))
    found = Snapshot.objects.filter(project=project, content_hash=digest).last()
    if found is not None and (root() / found.folder / "snapshot.json").exists():
        return found
    folder = f"{project.slug}/{digest}"
    _write(root() / folder, project, contents)
    return _note(actor, project, digest, folder, contents)


def _head(project: Project, contents: Contents) -> tuple[str, list[str]]:
    return KINDS[Medium(project.medium)], [label.name for label in contents.labels]


def _write(place: Path, project: Project, contents: Contents) -> None:
    """Whole or not at all: written beside, then renamed. The name is the content's hash, so whoever is first wins."""
    kind, classes = _head(project, contents)
    beside = place.with_name(f".{place.name}.{os.getpid()}")
    shutil.rmtree(beside, ignore_errors=True)
    write_snapshot(
        beside, name=project.slug, kind=kind, classes=classes, rows=contents.rows, feature_version=backbone_of(project)
    )
    try:
        beside.rename(place)
    except OSError:
        if not (place / "snapshot.json").exists():
            raise
        shutil.rmtree(beside)


@transaction.atomic
def _note(actor: User | None, project: Project, digest: str, folder: str, contents: Contents) -> Snapshot:
    Project.objects.select_for_update(no_key=True).get(pk=project.pk)  # numbers are given one after another
    number = (Snapshot.objects.filter(project=project).aggregate(last=Max("number"))["last"] or 0) + 1
    snapshot = Snapshot.objects.create(
        project=project, number=number, content_hash=digest, folder=folder, counts=contents.counts(), created_by=actor
    )
    record(actor=actor, verb="froze", row=snapshot, project_id=project.pk, number=number, content_hash=digest)
    return snapshot
