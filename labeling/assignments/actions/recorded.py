"""Items handed to the people who answered them elsewhere, many at once: the queue's order alone decides which."""

from collections.abc import Mapping
from datetime import timedelta

from django.contrib.auth.models import User
from django.db import connection, transaction
from django.utils import timezone

from labeling.assignments.models import Arm, Lease
from labeling.audit.actions import record
from labeling.guidelines.reads import current
from labeling.projects.models import Project

SECONDS = 900  # that such a lease lasts: its answer is there already

PICK = """
WITH top AS (
    SELECT q.item_id FROM labeling_queueentry q JOIN labeling_item i ON i.id = q.item_id
    WHERE q.project_id = %(project)s AND q.audience = 'anyone' AND q.wanted > q.leased AND i.state = 'ready'
      AND q.item_id = ANY(%(items)s)
    ORDER BY q.priority DESC, q.item_id LIMIT %(count)s FOR UPDATE OF q
)
UPDATE labeling_queueentry q SET leased = q.leased + 1 FROM top WHERE q.item_id = top.item_id
RETURNING q.item_id, q.priority
"""


@transaction.atomic
def hand_out(*, actor: User, project: Project, count: int, takers: Mapping[int, int]) -> list[Lease]:
    """Lease the `count` most urgent items among `takers` (item id to user id) to those people, blind.

    The queue says of which item it wants to hear next, the record by whom.
    """
    keys: dict[str, int | list[int]] = {"project": project.pk, "items": list(takers), "count": count}
    with connection.cursor() as cursor:
        cursor.execute(PICK, keys)
        picked = sorted(cursor.fetchall(), key=lambda row: (-row[1], row[0]))
    guideline, now = current(project), timezone.now()
    record(actor=actor, verb="handed out", row=project, project_id=project.pk, items=len(picked))
    return Lease.objects.bulk_create(
        Lease(
            project=project, item_id=item_id, user_id=takers[item_id], arm=Arm.BLIND, arm_probability=1.0,
            guideline_version=guideline, claimed_at=now, expires_at=now + timedelta(seconds=SECONDS),
        )
        for item_id, _ in picked
    )  # fmt: skip
