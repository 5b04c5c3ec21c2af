"""Claiming items: one short transaction whose cost does not grow with the project."""

import random
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.contrib.auth.models import User
from django.db import connection, transaction
from django.utils import timezone

from labeling.assignments.actions.admission import admit_ready
from labeling.assignments.actions.clearing import begin
from labeling.assignments.actions.closing import expire
from labeling.assignments.models import Arm, Audience, ClearanceState, Lease
from labeling.assignments.permits import Permit, permit_for
from labeling.assignments.reads import is_claimable, median_seconds
from labeling.errors import BadInput
from labeling.guidelines.reads import current
from labeling.items.models import Item, SupposedLabel
from labeling.projects.models import Mode, Project
from labeling.suggestions.models import Suggestion
from labeling.suggestions.reads import current as current_suggestions

MOST_AT_ONCE = 50
JITTER = 4  # the rows above the number asked for, among which chance decides
LEASE_MEDIANS = 3  # a lease lasts this many of the person's median answer times, for each item claimed
SHORTEST_LEASE = 60.0  # seconds: a person may stop to read the guideline
LONGEST_LEASE = 900.0
RETRIES = 3  # of a claim that found nothing although something is wanted
RETRY_PAUSE = (0.005, 0.02)  # seconds

# One row of PostgreSQL's advisory lock space for each person and project.
LOCK_PERSON = "SELECT pg_advisory_xact_lock(%s, %s)"

# Locks a few rows more than asked for and takes some of them by chance, so that people do not walk in step.
# One audience at a time: only then does the index give the order, and nothing is sorted.
PICK = """
WITH top AS (
    SELECT q.item_id FROM labeling_queueentry q JOIN labeling_item i ON i.id = q.item_id
    WHERE q.project_id = %(project)s AND q.audience = %(audience)s AND q.wanted > q.leased
      AND i.state = 'ready'
      AND NOT EXISTS (
        SELECT 1 FROM labeling_lease l
        WHERE l.item_id = q.item_id AND l.user_id = %(user)s AND l.state IN ('open', 'answered', 'skipped'))
    ORDER BY q.priority DESC, q.item_id
    LIMIT %(count)s + %(jitter)s FOR UPDATE OF q SKIP LOCKED
), picked AS (SELECT item_id FROM top ORDER BY random() LIMIT %(count)s)
UPDATE labeling_queueentry q SET leased = q.leased + 1 FROM picked WHERE q.item_id = picked.item_id
RETURNING q.item_id, q.priority
"""


# Gold that this person never held, and in place of ordinary items only: where none is left for them there is no gold.
PICK_GOLD = """
WITH due AS (
    SELECT q.item_id, g.id AS gold_id FROM labeling_gold g
    JOIN labeling_queueentry q ON q.item_id = g.item_id JOIN labeling_item i ON i.id = q.item_id
    WHERE g.project_id = %(project)s AND g.retired_at IS NULL AND i.state = 'ready' AND q.wanted <= q.leased
      AND NOT EXISTS (
        SELECT 1 FROM labeling_lease l
        WHERE l.item_id = q.item_id AND l.user_id = %(user)s AND l.state IN ('open', 'answered', 'skipped'))
      AND (%(quiz)s OR EXISTS (
        SELECT 1 FROM labeling_queueentry o JOIN labeling_item oi ON oi.id = o.item_id
        WHERE o.project_id = %(project)s AND o.audience = ANY(%(audiences)s) AND o.wanted > o.leased
          AND oi.state = 'ready' AND NOT EXISTS (
            SELECT 1 FROM labeling_lease l
            WHERE l.item_id = o.item_id AND l.user_id = %(user)s AND l.state IN ('open', 'answered', 'skipped'))))
    ORDER BY random() LIMIT %(count)s FOR UPDATE OF q SKIP LOCKED
)
UPDATE labeling_queueentry q SET leased = q.leased + 1 FROM due WHERE q.item_id = due.item_id
RETURNING q.item_id, due.gold_id
"""


@dataclass(frozen=True)
class _Picked:
    """An item chosen for a lease, and why."""

    item_id: int
    settles: bool = False
    gold_id: int | None = None


def claim(*, actor: User, project: Project, count: int) -> list[Lease]:
    """Lease up to `count` items to this person, the most urgent first; an empty list where nothing is wanted.

    Some are gold, in places drawn by chance; in the entry quiz all are. A paused person gets none.
    """
    if not 1 <= count <= MOST_AT_ONCE:
        raise BadInput(f"Ask for 1 to {MOST_AT_ONCE} items.", field="count")
    permit = permit_for(actor, project)
    if permit.newcomer:
        begin(actor=actor, project=project)
        permit = permit_for(actor, project)
    if permit.state == ClearanceState.PAUSED:
        return []
    leases = _claim(actor, project, count, permit)
    if permit.state == ClearanceState.QUIZ:
        return leases
    if len(leases) < count and (expire(project=project) + admit_ready(project=project)):
        leases += _claim(actor, project, count - len(leases), permit)
    for _ in range(RETRIES):
        if leases or not is_claimable(project):
            break
        # What is left may just be locked by somebody else's claim, which lasts some milliseconds.
        time.sleep(random.uniform(*RETRY_PAUSE))
        leases = _claim(actor, project, count, permit)
    return leases


@transaction.atomic
def _claim(actor: User, project: Project, count: int, permit: Permit) -> list[Lease]:
    audiences: list[str] = [Audience.ANYONE, *([Audience.EXPERT] if permit.settles else [])]
    quiz = permit.state == ClearanceState.QUIZ
    slots = [quiz or random.random() < permit.gold_share for _ in range(count)]  # which of the leases are gold
    keys: dict[str, int | bool | str | list[str]] = {"project": project.pk, "user": actor.pk, "quiz": quiz}
    keys["audiences"] = audiences
    with connection.cursor() as cursor:
        cursor.execute(LOCK_PERSON, [actor.pk % 2**31, project.pk % 2**31])
        gold: list[_Picked] = []
        if any(slots):
            cursor.execute(PICK_GOLD, keys | {"count": sum(slots)})
            gold = [_Picked(item_id, gold_id=gold_id) for item_id, gold_id in cursor.fetchall()]
        plain: list[_Picked] = []
        for audience in [] if quiz else reversed(audiences):  # what only experts may decide comes first to them
            missing = count - len(gold) - len(plain)
            if missing > 0:
                cursor.execute(PICK, keys | {"audience": audience, "count": missing, "jitter": JITTER})
                rows = sorted(cursor.fetchall(), key=lambda row: (-row[1], row[0]))
                plain += [_Picked(item_id, settles=audience == Audience.EXPERT) for item_id, _ in rows]
    picked = _mixed(plain, gold, slots)
    return _grant(actor, project, picked) if picked else []


def _mixed(plain: list[_Picked], gold: list[_Picked], slots: list[bool]) -> list[_Picked]:
    """Ordinary items in their order, with gold in the places drawn for it; what is left over comes last."""
    ordinary, known = iter(plain), iter(gold)
    mixed = [next(known if slot else ordinary, None) for slot in slots]
    return [row for row in mixed if row is not None] + list(ordinary) + list(known)


def _grant(actor: User, project: Project, picked: Sequence[_Picked]) -> list[Lease]:
    """Draw each lease's arm and write the leases, in the order of the items given."""
    item_ids = [row.item_id for row in picked]
    items = Item.objects.select_related("blob").in_bulk(item_ids)
    shown = current_suggestions(project, item_ids) if project.model_helps else {}
    supposed = _supposed(project, item_ids)
    guideline = current(project)
    now = timezone.now()
    until = _until(actor, project, now, len(item_ids))
    leases = []
    for row in picked:
        item_id = row.item_id
        arm, probability = _draw_arm(project, items[item_id], shown.get(item_id))
        lease = Lease(
            project=project, item=items[item_id], user=actor, arm=arm, arm_probability=probability,
            suggestion=shown.get(item_id) if arm == Arm.SUGGESTED else None,
            supposed=supposed.get(item_id), guideline_version=guideline, claimed_at=now, expires_at=until,
            settles=row.settles, gold_id=row.gold_id,
        )
        leases.append(lease)
    return Lease.objects.bulk_create(leases)


def _draw_arm(project: Project, item: Item, suggestion: Suggestion | None) -> tuple[Arm, float]:
    """Held-out items and those without a suggestion are always blind; the others by the project's share."""
    if item.heldout or suggestion is None:
        return Arm.BLIND, 1.0
    if random.random() < project.blind_share:
        return Arm.BLIND, project.blind_share
    return Arm.SUGGESTED, 1.0 - project.blind_share


def _supposed(project: Project, item_ids: Sequence[int]) -> dict[int, SupposedLabel]:
    """In confirm mode the imported label of each item that is not held out; the newest where there are several."""
    if project.mode != Mode.CONFIRM:
        return {}
    rows = SupposedLabel.objects.filter(item__in=item_ids, item__heldout=False, label__retired_at=None)
    return {row.item_id: row for row in rows.select_related("label").order_by("id")}


def _until(actor: User, project: Project, now: datetime, count: int) -> datetime:
    """When leases claimed now run out: a few median answer times for each item of the batch."""
    seconds = LEASE_MEDIANS * median_seconds(actor, project) * count
    return now + timedelta(seconds=min(max(seconds, SHORTEST_LEASE), LONGEST_LEASE))
