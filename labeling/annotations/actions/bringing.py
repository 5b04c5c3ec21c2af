"""Answers that people gave elsewhere, as ordinary ones. The caller weighs the items in the same transaction."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db import transaction

from labeling.annotations.models import Annotation
from labeling.assignments.actions import Outside, answered_outside
from labeling.assignments.models import Arm
from labeling.guidelines.models import GuidelineVersion
from labeling.projects.models import Project


@dataclass(frozen=True)
class Brought:
    """One answer, and a key by which it is stored once."""

    outside: Outside
    label_id: int
    key: UUID


@transaction.atomic
def bring_in(*, project: Project, version: GuidelineVersion, answers: Sequence[Brought]) -> list[Annotation]:
    """Store answers under this version; those whose key is known, or whose person has had the item, are left out."""
    known = set(Annotation.objects.filter(key__in=[row.key for row in answers]).values_list("key", flat=True))
    fresh = [row for row in answers if row.key not in known]
    leases = answered_outside(project=project, version=version, rows=[row.outside for row in fresh])
    rows = [
        Annotation(
            project=project, item_id=row.outside.item_id, user_id=row.outside.user_id, lease=lease, attempt=1,
            label_id=row.label_id, key=row.key, arm=Arm.BLIND, arm_probability=1.0, guideline_version=version,
            milliseconds=row.outside.milliseconds, answered_at=row.outside.answered_at,
        )
        for row, lease in zip(fresh, leases, strict=True)
        if lease is not None
    ]  # fmt: skip
    return Annotation.objects.bulk_create(rows)
