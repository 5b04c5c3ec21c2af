"""Items handed to the people who answered them elsewhere, many at once: the queue's order alone decides which."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import numpy as np
from django.contrib.auth.models import User
from django.db import connection, transaction
from django.utils import timezone

from labeling.assignments.models import Arm, Lease
from labeling.audit.actions import record
from labeling.guidelines.reads import current
from labeling.items.models import Item
from labeling.projects.models import Project
from labeling.suggestions.models import Suggestion
from labeling.suggestions.reads import current as current_suggestions

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
def hand_out(
    *, actor: User, project: Project, count: int, takers: Mapping[int, int], shown: float = 0.0,
    random: np.random.Generator | None = None,
) -> list[Lease]:  # fmt: skip
    """Lease the `count` most urgent items among `takers` (item id to user id) to those people.

    The queue says of which item it wants to hear next, the record by whom. Recorded people saw no suggestion; those
    who are played see one in a share `shown` of the cases, drawn by `random`.
    """
    keys: dict[str, int | list[int]] = {"project": project.pk, "items": list(takers), "count": count}
    with connection.cursor() as cursor:
        cursor.execute(PICK, keys)
        picked = sorted(cursor.fetchall(), key=lambda row: (-row[1], row[0]))
    guideline, now = current(project), timezone.now()
    record(actor=actor, verb="handed out", row=project, project_id=project.pk, items=len(picked))
    spoken = _suggestions(project, [item_id for item_id, _ in picked]) if shown and project.model_helps else {}
    draw = random or np.random.default_rng()
    return Lease.objects.bulk_create(
        Lease(
            project=project, item_id=item_id, user_id=takers[item_id], guideline_version=guideline, claimed_at=now,
            expires_at=now + timedelta(seconds=SECONDS), **_arm(spoken.get(item_id), shown, draw),
        )
        for item_id, _ in picked
    )  # fmt: skip


def _suggestions(project: Project, item_ids: list[int]) -> dict[int, Suggestion]:
    """What may be shown: nothing of held-out items."""
    judges = set(Item.objects.filter(pk__in=item_ids, heldout=True).values_list("pk", flat=True))
    return current_suggestions(project, [item_id for item_id in item_ids if item_id not in judges])


def _arm(said: Suggestion | None, shown: float, random: np.random.Generator) -> dict[str, Any]:
    """The arm and its probability, with what is shown in it or withheld."""
    if said is None:
        return {"arm": Arm.BLIND, "arm_probability": 1.0}
    if random.random() < shown:
        return {"arm": Arm.SUGGESTED, "arm_probability": shown, "suggestion": said}
    return {"arm": Arm.BLIND, "arm_probability": 1 - shown, "withheld": said}
