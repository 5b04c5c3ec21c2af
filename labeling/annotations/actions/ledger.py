"""What storing answers reads and writes, each in one statement."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from django.contrib.auth.models import User
from django.utils import timezone

from labeling.annotations.models import Annotation, Retraction
from labeling.assignments.actions.closing import ENDED
from labeling.assignments.models import Lease, LeaseState
from labeling.items.models import SupposedLabel
from labeling.projects.models import Label, Project
from labeling.statements import array, ids, partly, rows
from labeling.suggestions.models import Suggestion

# The leases named, and those that this person holds on the same items by now, locked in the order of items; then these
# items' places in the queue, likewise; and the guideline that holds.
HOLD = """
WITH held AS MATERIALIZED (
SELECT l.id, l.item_id, l.state, l.arm, l.arm_probability, l.guideline_version_id, l.gold_id, l.suggestion_id,
    s.label_id AS suggested, l.supposed_id, p.label_id AS supposed, l.glance_ms,
    floor(1000 * extract(epoch FROM clock_timestamp() - l.claimed_at))::bigint AS age
FROM labeling_lease l
LEFT JOIN labeling_suggestion s ON s.id = l.suggestion_id
LEFT JOIN labeling_supposedlabel p ON p.id = l.supposed_id
WHERE l.id IN (
    SELECT id FROM labeling_lease
    WHERE id = ANY(%(leases)s::bigint[]) AND user_id = %(user)s::int AND project_id = %(project)s::bigint
    UNION
    SELECT now.id FROM labeling_lease named JOIN labeling_lease now
        ON now.item_id = named.item_id AND now.user_id = named.user_id AND now.state IN ('open', 'answered', 'skipped')
    WHERE named.id = ANY(%(leases)s::bigint[]) AND named.user_id = %(user)s::int
        AND named.project_id = %(project)s::bigint)
ORDER BY l.item_id, l.id FOR UPDATE OF l
), places AS MATERIALIZED (
    SELECT 1 FROM labeling_queueentry WHERE item_id = ANY(ARRAY(SELECT item_id FROM held)) ORDER BY item_id FOR UPDATE
)
SELECT held.*, (
    SELECT id FROM labeling_guidelineversion WHERE project_id = %(project)s::bigint ORDER BY number DESC LIMIT 1
) FROM held CROSS JOIN (SELECT count(*) FROM places) AS locked
"""

# What this person said before, and whether it stands in the way of another answer: not when they are asked again. Then
# the labels asked for.
KNOWN = """
SELECT a.id, a.key, a.item_id, r.id IS NULL AND l.state NOT IN ('outdated', 'released'), NULL::text, NULL::timestamptz
FROM labeling_annotation a
JOIN labeling_lease l ON l.id = a.lease_id
LEFT JOIN labeling_retraction r ON r.annotation_id = a.id
WHERE a.id IN (
    SELECT id FROM labeling_annotation WHERE user_id = %(user)s::int AND item_id = ANY(%(items)s::bigint[])
    UNION SELECT id FROM labeling_annotation WHERE user_id = %(user)s::int AND key = ANY(%(keys)s::uuid[]))
UNION ALL
SELECT id, NULL, NULL, NULL, name, retired_at FROM labeling_label
WHERE id = ANY(%(labels)s::bigint[]) AND project_id = %(project)s::bigint
"""

# The answers, and the end of the leases that they are given under.
STORE = f"""
WITH ended AS ({ENDED})
INSERT INTO labeling_annotation (project_id, item_id, user_id, lease_id, attempt, label_id, rejected_id, key, arm,
    arm_probability, suggestion_id, supposed_id, guideline_version_id, milliseconds, answered_at, stored_at)
SELECT %(project)s::bigint, a.item_id, %(user)s::int, a.lease_id, a.attempt, a.label_id, a.rejected_id, a.key, a.arm,
    a.probability, a.suggestion_id, a.supposed_id, a.guideline, a.milliseconds, a.answered_at, %(now)s::timestamptz
FROM unnest(%(item_id)s::bigint[], %(lease_id)s::bigint[], %(attempt)s::int[], %(label_id)s::bigint[],
    %(rejected_id)s::bigint[], %(key)s::uuid[], %(arm)s::text[], %(arm_probability)s::float8[],
    %(suggestion_id)s::bigint[], %(supposed_id)s::bigint[], %(guideline_version_id)s::bigint[],
    %(milliseconds)s::int[], %(answered_at)s::timestamptz[])
    WITH ORDINALITY AS a(item_id, lease_id, attempt, label_id, rejected_id, key, arm, probability, suggestion_id,
    supposed_id, guideline, milliseconds, answered_at, place)
ORDER BY a.place RETURNING id, key
"""
COLUMNS = (
    "item_id", "lease_id", "attempt", "label_id", "rejected_id", "key", "arm", "arm_probability", "suggestion_id",
    "supposed_id", "guideline_version_id", "milliseconds",
)  # fmt: skip


@dataclass
class Past:
    """How often this person answered an item, and whether one of the answers stands."""

    attempts: int = 0
    stands: bool = False


@dataclass
class Known:
    """This person's answers by key, by item what they said of it before, and labels by number."""

    answers: dict[UUID, Annotation] = field(default_factory=dict)
    past: defaultdict[int, Past] = field(default_factory=lambda: defaultdict(Past))
    labels: dict[int, Label] = field(default_factory=dict)


@dataclass
class Held:
    """Leases by number, how many milliseconds ago each was granted, and the guideline that holds if there are any."""

    leases: dict[int, Lease] = field(default_factory=dict)
    ages: dict[int, int] = field(default_factory=dict)
    guideline_id: int | None = None


def hold(actor: User, project: Project, lease_ids: Iterable[int]) -> Held:
    """Lock the person's leases of these numbers, those that they hold on the same items by now, and their places."""
    found = rows(HOLD, {"leases": ids(lease_ids), "user": actor.pk, "project": project.pk})
    held = Held(guideline_id=found[0][-1] if found else None)
    for row in found:
        pk, item, state, arm, probability, guideline, gold, suggestion, suggested, supposed, named, glance, age, _ = row
        lease = partly(
            Lease, id=pk, project_id=project.pk, item_id=item, user_id=actor.pk, state=state, arm=arm,
            arm_probability=probability, guideline_version_id=guideline, gold_id=gold, suggestion_id=suggestion,
            supposed_id=supposed, glance_ms=glance,
        )  # fmt: skip
        if suggestion is not None:
            lease.suggestion = partly(Suggestion, id=suggestion, item_id=item, label_id=suggested)
        if supposed is not None:
            lease.supposed = partly(SupposedLabel, id=supposed, item_id=item, label_id=named)
        held.leases[pk], held.ages[pk] = lease, age
    return held


def known(
    actor: User, project: Project, item_ids: Iterable[int], keys: Iterable[UUID], label_ids: Iterable[int | None]
) -> Known:
    """What this person said before, and those of the labels that belong to the project, retired ones too."""
    wanted, found = set(item_ids), Known()
    values = {
        "user": actor.pk, "project": project.pk, "items": array(wanted), "keys": array(keys), "labels": ids(label_ids)
    }  # fmt: skip
    for pk, key, item_id, stands, name, retired_at in rows(KNOWN, values):
        if key is None:
            found.labels[pk] = partly(Label, id=pk, name=name, retired_at=retired_at)
            continue
        found.answers[key] = partly(Annotation, id=pk, key=key, item_id=item_id, user_id=actor.pk)
        if item_id in wanted:
            found.past[item_id].attempts += 1
            found.past[item_id].stands |= stands
    return found


def store(fresh: Sequence[Annotation]) -> None:
    """Write new answers of one person to one project, note their numbers, and end their leases, which are locked.

    The leases' places in the queue are given back apart.
    """
    if not fresh:
        return
    now = timezone.now()
    values = {name: array(getattr(row, name) for row in fresh) for name in COLUMNS}
    values["answered_at"] = array(row.answered_at.isoformat() for row in fresh)
    given = {
        "project": fresh[0].project_id, "user": fresh[0].user_id, "now": now, "state": LeaseState.ANSWERED.value,
        "leases": values["lease_id"],
    }  # fmt: skip
    numbers = {key: pk for pk, key in rows(STORE, values | given)}
    for row in fresh:
        row.pk, row.stored_at = numbers[row.key], now
        row._state.adding = False
        row.lease.state, row.lease.closed_at = LeaseState.ANSWERED, now


def replace_earlier(fresh: Sequence[Annotation]) -> None:
    """Let what one person now says of items again take the place of what they said under a lease given back since."""
    again = [row for row in fresh if row.attempt > 1]
    if again:
        theirs = Annotation.objects.standing().filter(user=again[0].user_id, item__in=[row.item_id for row in again])
        earlier = theirs.filter(lease__state=LeaseState.RELEASED)
        Retraction.objects.bulk_create(Retraction(annotation=row, actor_id=row.user_id) for row in earlier)
