"""Answers that were given before there was a queue: leases that are closed from the start."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from labeling.assignments.models import HELD, Arm, Lease, LeaseState
from labeling.guidelines.models import GuidelineVersion
from labeling.projects.models import Project


@dataclass(frozen=True)
class Outside:
    """Who looked at which item, when they had answered, and how long it took."""

    user_id: int
    item_id: int
    milliseconds: int
    answered_at: datetime
    settles: bool = False


@transaction.atomic
def answered_outside(*, project: Project, version: GuidelineVersion, rows: Sequence[Outside]) -> list[Lease | None]:
    """Closed leases under this version, blind since nothing was suggested; None where the person has had the item."""
    items = {row.item_id for row in rows}
    had = set(Lease.objects.filter(item__in=items, state__in=HELD).values_list("user_id", "item_id"))
    leases: list[Lease | None] = []
    for row in rows:
        mine = (row.user_id, row.item_id)
        leases.append(None if mine in had else Lease(
            project=project, item_id=row.item_id, user_id=row.user_id, state=LeaseState.ANSWERED, arm=Arm.BLIND,
            arm_probability=1.0, guideline_version=version, settles=row.settles, closed_at=row.answered_at,
            claimed_at=row.answered_at - timedelta(milliseconds=row.milliseconds), expires_at=row.answered_at,
        ))  # fmt: skip
        had.add(mine)
    Lease.objects.bulk_create([lease for lease in leases if lease is not None])
    return leases
