"""Claiming what is disputed, to decide it with everything in view."""

from datetime import timedelta

from django.contrib.auth.models import User
from django.db import connection, transaction
from django.utils import timezone

from labeling.assignments.actions.closing import expire
from labeling.assignments.models import Arm, Lease, LeaseState
from labeling.errors import BadInput
from labeling.guidelines.reads import current
from labeling.items.models import Item, SupposedLabel
from labeling.projects.models import Project
from labeling.suggestions.reads import current as current_suggestions

MOST_AT_ONCE = 20
REVIEW_LEASE = timedelta(minutes=5)  # weighing what others said takes longer than saying something

# What this person may have again: what they answered before it came to an expert, and what they settled before the
# owner wanted another look. Their earlier answers weigh on until the new one takes their place. Locked without waiting,
# since the order is that of the queue.
MINE = """
SELECT l.id FROM labeling_queueentry q
JOIN labeling_item i ON i.id = q.item_id AND i.state = 'ready'
JOIN labeling_lease l ON l.item_id = q.item_id AND l.user_id = %(user)s AND l.state = 'answered'
WHERE q.project_id = %(project)s AND q.audience = 'expert' AND q.wanted > q.leased AND NOT q.blind
  AND (NOT l.settles OR l.closed_at <= q.wanted_again_at)
ORDER BY q.priority DESC, q.item_id LIMIT %(count)s FOR NO KEY UPDATE OF l SKIP LOCKED
"""

LOCK_PERSON = "SELECT pg_advisory_xact_lock(%s, %s)"

PICK_DISPUTED = """
WITH top AS (
    SELECT q.item_id FROM labeling_queueentry q JOIN labeling_item i ON i.id = q.item_id
    WHERE q.project_id = %(project)s AND q.audience = 'expert' AND q.wanted > q.leased AND i.state = 'ready'
      AND NOT q.blind
      AND NOT EXISTS (
        SELECT 1 FROM labeling_lease l
        WHERE l.item_id = q.item_id AND l.user_id = %(user)s AND l.state IN ('open', 'answered', 'skipped')
          AND NOT l.id = ANY(%(mine)s))
    ORDER BY q.priority DESC, q.item_id LIMIT %(count)s FOR UPDATE OF q SKIP LOCKED
)
UPDATE labeling_queueentry q SET leased = q.leased + 1 FROM top WHERE q.item_id = top.item_id
RETURNING q.item_id, q.priority
"""


def claim_disputed(*, actor: User, project: Project, count: int) -> list[Lease]:
    """Lease up to `count` disputed items to an expert or owner, whose answers settle them.

    Also what they have answered themselves: there may be no other expert.
    """
    if not 1 <= count <= MOST_AT_ONCE:
        raise BadInput(f"Ask for 1 to {MOST_AT_ONCE} items.", field="count")
    leases = _claim(actor, project, count)
    return leases or (_claim(actor, project, count) if expire(project=project) else [])


@transaction.atomic
def _claim(actor: User, project: Project, count: int) -> list[Lease]:
    with connection.cursor() as cursor:
        cursor.execute(LOCK_PERSON, [actor.pk % 2**31, project.pk % 2**31])
        keys = {"project": project.pk, "user": actor.pk, "count": count}
        cursor.execute(MINE, keys)
        mine = [row[0] for row in cursor.fetchall()]
        cursor.execute(PICK_DISPUTED, {**keys, "mine": mine})
        picked = sorted(cursor.fetchall(), key=lambda row: (-row[1], row[0]))
    item_ids = [item_id for item_id, _ in picked]
    Lease.objects.filter(pk__in=mine, item__in=item_ids).update(state=LeaseState.RELEASED)
    return _grant(actor, project, item_ids) if picked else []


def _grant(actor: User, project: Project, item_ids: list[int]) -> list[Lease]:
    """The model's opinion is always in view here, and the lease says so; of held-out items it is never shown."""
    items = Item.objects.select_related("blob").in_bulk(item_ids)
    open_ids = [item_id for item_id in item_ids if not items[item_id].heldout]
    shown = current_suggestions(project, open_ids) if project.model_helps else {}
    rows = SupposedLabel.objects.filter(item__in=open_ids, label__retired_at=None).select_related("label")
    supposed = {row.item_id: row for row in rows.order_by("id")}
    guideline, now = current(project), timezone.now()
    return Lease.objects.bulk_create(
        Lease(
            project=project, item=items[item_id], user=actor, settles=True, arm_probability=1.0,
            arm=Arm.SUGGESTED if item_id in shown else Arm.BLIND, suggestion=shown.get(item_id),
            supposed=supposed.get(item_id), guideline_version=guideline, claimed_at=now,
            expires_at=now + REVIEW_LEASE,
        )
        for item_id in item_ids
    )  # fmt: skip
