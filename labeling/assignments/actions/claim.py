"""Claiming items: one short transaction whose cost does not grow with the project."""

import random
import time

from django.contrib.auth.models import User
from django.db import transaction

from labeling.assignments.actions.admission import admit_ready
from labeling.assignments.actions.clearing import begin
from labeling.assignments.actions.closing import expire
from labeling.assignments.actions.grant import Picked, grant, grant_from
from labeling.assignments.actions.racing import anew_if_overtaken
from labeling.assignments.models import Audience, ClearanceState, Lease
from labeling.assignments.permits import Permit, permit_for
from labeling.assignments.reads import is_claimable
from labeling.errors import BadInput
from labeling.projects.models import Project
from labeling.statements import array, rows

MOST_AT_ONCE = 50
JITTER = 4  # the rows above the number asked for, among which chance decides
RETRIES = 3  # of a claim that found nothing although something is wanted
RETRY_PAUSE = (0.005, 0.02)  # seconds

# One row of PostgreSQL's advisory lock space for each person and project.
LOCK_PERSON = "SELECT pg_advisory_xact_lock(%(user)s::int, %(project)s::int)"

# Nobody works without a guideline: every lease says which version it was granted under.
GUIDED = "EXISTS (SELECT 1 FROM labeling_guidelineversion v WHERE v.project_id = %(project)s::bigint)"

# What this person holds, answered or passed over.
MINE = """
    SELECT 1 FROM labeling_lease l
    WHERE l.item_id = q.item_id AND l.user_id = %(user)s::int AND l.state IN ('open', 'answered', 'skipped')
"""

# Locks a few rows more than asked for and takes some of them by chance, so that people do not walk in step.
# One audience at a time: only then does the index give the order, and nothing is sorted.
TOP = f"""
WITH top AS (
    SELECT q.item_id FROM labeling_queueentry q JOIN labeling_item i ON i.id = q.item_id
    WHERE q.project_id = %(project)s::bigint AND q.audience = %(audience)s AND q.wanted > q.leased
      AND i.state = 'ready' AND {GUIDED} AND NOT EXISTS ({MINE})
    ORDER BY q.priority DESC, q.item_id LIMIT {{most}} FOR UPDATE OF q SKIP LOCKED
), chosen AS (SELECT item_id FROM top ORDER BY random() LIMIT {{count}}), taken AS (
    UPDATE labeling_queueentry q SET leased = q.leased + 1 FROM chosen WHERE q.item_id = chosen.item_id
    RETURNING q.item_id, q.priority
)"""
PICK = f"{TOP} SELECT item_id FROM taken ORDER BY priority DESC, item_id"

# The same as the beginning of the statement that writes their leases.
PLAIN = f"""{TOP}, picked AS (
    SELECT item_id, false AS settles, NULL::bigint AS gold_id,
        row_number() OVER (ORDER BY priority DESC, item_id) AS place
    FROM taken
),"""

# Gold that this person never held, and in place of ordinary items only: where none is left for them there is no gold.
# All gold stands in one ring in random order; the next of it are taken from a random point on.
PICK_GOLD = f"""
WITH point AS MATERIALIZED (
    SELECT random() AS start WHERE {GUIDED} AND (%(quiz)s::boolean OR EXISTS (
        SELECT 1 FROM labeling_queueentry q JOIN labeling_item i ON i.id = q.item_id
        WHERE q.project_id = %(project)s::bigint AND q.audience = ANY(%(audiences)s::text[]) AND q.wanted > q.leased
          AND i.state = 'ready' AND NOT EXISTS ({MINE})))
), ring AS (
    (SELECT q.item_id, q.id FROM point CROSS JOIN LATERAL ({{gold}} AND g.place >= point.start
        ORDER BY g.place LIMIT {{count}}) AS q)
    UNION ALL
    (SELECT q.item_id, q.id FROM point CROSS JOIN LATERAL ({{gold}} AND g.place < point.start
        ORDER BY g.place LIMIT {{count}}) AS q)
    LIMIT {{count}}
), due AS (
    SELECT q.item_id, ring.id AS gold_id FROM ring JOIN labeling_queueentry q ON q.item_id = ring.item_id
    WHERE q.wanted <= q.leased FOR UPDATE OF q SKIP LOCKED
)
UPDATE labeling_queueentry q SET leased = q.leased + 1 FROM due WHERE q.item_id = due.item_id
RETURNING q.item_id, due.gold_id
"""
GOLD = f"""
    SELECT g.item_id, g.id FROM labeling_gold g
    JOIN labeling_queueentry q ON q.item_id = g.item_id JOIN labeling_item i ON i.id = q.item_id
    WHERE g.project_id = %(project)s::bigint AND g.retired_at IS NULL AND i.state = 'ready' AND q.wanted <= q.leased
      AND NOT EXISTS ({MINE})
"""


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


def _claim(actor: User, project: Project, count: int, permit: Permit) -> list[Lease]:
    """Two claims of one person at once may meet one item."""
    return anew_if_overtaken(lambda: _take(actor, project, count, permit))


def _take(actor: User, project: Project, count: int, permit: Permit) -> list[Lease]:
    """Entries are locked; those that somebody else has locked are passed over."""
    quiz = permit.state == ClearanceState.QUIZ
    slots = [quiz or random.random() < permit.gold_share for _ in range(count)]  # which of the leases are gold
    if any(slots) or permit.settles:
        return _mixture(actor, project, count, permit, slots)
    choice = PLAIN.format(most=count + JITTER, count=count)
    return grant_from(choice, {"audience": Audience.ANYONE.value}, actor, project, permit)


@transaction.atomic
def _mixture(actor: User, project: Project, count: int, permit: Permit, slots: list[bool]) -> list[Lease]:
    """Items of both audiences, and gold; one after the other, or a person's claims would pass over each other's."""
    rows(LOCK_PERSON, {"user": actor.pk % 2**31, "project": project.pk % 2**31})
    quiz = permit.state == ClearanceState.QUIZ
    gold = _pick_gold(actor, project, sum(slots), permit) if any(slots) else []
    plain = [] if quiz else _pick(actor, project, count - len(gold), permit)
    picked = _mixed(plain, gold, slots)
    return grant(actor, project, picked, permit) if picked else []


def _audiences(permit: Permit) -> list[Audience]:
    """What only experts may decide comes first to them."""
    return [Audience.EXPERT, Audience.ANYONE] if permit.settles else [Audience.ANYONE]


def _pick(actor: User, project: Project, count: int, permit: Permit) -> list[Picked]:
    """The most urgent items up to the jitter, in their order."""
    found: list[Picked] = []
    for audience in _audiences(permit):
        missing = count - len(found)
        if missing > 0:
            values = {"project": project.pk, "user": actor.pk, "audience": audience.value}
            top = rows(PICK.format(most=missing + JITTER, count=missing), values)
            found += [Picked(item_id, settles=audience == Audience.EXPERT) for (item_id,) in top]
    return found


def _pick_gold(actor: User, project: Project, count: int, permit: Permit) -> list[Picked]:
    """Gold new to this person, in random order."""
    values = {
        "project": project.pk, "user": actor.pk, "quiz": permit.state == ClearanceState.QUIZ,
        "audiences": array(audience.value for audience in _audiences(permit)),
    }  # fmt: skip
    found = rows(PICK_GOLD.format(gold=GOLD, count=count), values)
    known = [Picked(item_id, gold_id=gold_id) for item_id, gold_id in found]
    random.shuffle(known)
    return known


def _mixed(plain: list[Picked], gold: list[Picked], slots: list[bool]) -> list[Picked]:
    """Ordinary items in their order, with gold in the places drawn for it; what is left over comes last."""
    ordinary, known = iter(plain), iter(gold)
    mixed = [next(known if slot else ordinary, None) for slot in slots]
    return [row for row in mixed if row is not None] + list(ordinary) + list(known)
