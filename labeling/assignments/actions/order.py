"""What the rooms to the right write into the queue: priorities, and how many answers an item still wants."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from django.db import connection, transaction
from django.utils import timezone

from labeling.assignments.models import Audience, Lease, LeaseState, QueueEntry
from labeling.projects.models import Project
from labeling.statements import array, rows

CHUNK = 5_000  # rows a transaction: answers wait for none of them longer than some milliseconds

# Rows are locked in the order of items, like every writer does, so that no two of them wait for each other.
PRIORITIES = """
WITH given AS (
    SELECT q.item_id, g.priority FROM labeling_queueentry q
    JOIN unnest(%(items)s::bigint[], %(priorities)s::float8[]) AS g(item_id, priority) ON g.item_id = q.item_id
    WHERE q.project_id = %(project)s AND q.priority <> g.priority
    ORDER BY q.item_id FOR UPDATE OF q
)
UPDATE labeling_queueentry q SET priority = given.priority FROM given WHERE q.item_id = given.item_id
"""

WANTS = """
given AS (
    SELECT q.item_id, g.wanted, g.audience, g.freed FROM labeling_queueentry q
    JOIN unnest(%(items)s::bigint[], %(wanted)s::int[], %(audiences)s::text[], %(freed)s::int[])
      AS g(item_id, wanted, audience, freed) ON g.item_id = q.item_id
    WHERE (q.wanted, q.audience) <> (g.wanted, g.audience) OR g.freed <> 0
    ORDER BY q.item_id FOR UPDATE OF q
)
UPDATE labeling_queueentry q SET wanted = given.wanted, audience = given.audience, leased = q.leased - given.freed
FROM given WHERE q.item_id = given.item_id
"""

LOCK = "SELECT 1 FROM labeling_queueentry WHERE item_id = ANY(%(items)s::bigint[]) ORDER BY item_id FOR UPDATE"


@dataclass(frozen=True)
class Want:
    """How many answers an item still wants now, and of whom."""

    item_id: int
    wanted: int
    audience: Audience
    freed: int = 0  # places of leases that just ended


def _chunks(rows: Iterable[tuple[int, float]]) -> Iterator[list[tuple[int, float]]]:
    iterator = iter(rows)
    while chunk := list(islice(iterator, CHUNK)):
        yield chunk


def set_priorities(*, project: Project, priorities: Iterable[tuple[int, float]]) -> int:
    """Write (item id, priority) pairs, higher is asked sooner; returns how many rows changed."""
    changed = 0
    for chunk in _chunks(priorities):
        items, values = zip(*chunk, strict=True)
        with transaction.atomic(), connection.cursor() as cursor:
            numbers = [float(value) for value in values]
            cursor.execute(PRIORITIES, {"project": project.pk, "items": list(items), "priorities": numbers})
            changed += cursor.rowcount
    return changed


def want(*, wants: Sequence[Want], along: str = "", values: Mapping[str, object] | None = None) -> None:
    """Set what items still want; inside the transaction of the answer or the fit that it follows from.

    along: what the caller writes in the same statement, with its values: `name AS (...)`.
    """
    if wants:
        given = {
            "items": array(row.item_id for row in wants), "wanted": array(row.wanted for row in wants),
            "audiences": array(row.audience.value for row in wants), "freed": array(row.freed for row in wants),
        }  # fmt: skip
        rows(f"WITH {along}{',' if along else ''} {WANTS}", {**(values or {}), **given})


def want_again(*, item_ids: Sequence[int]) -> None:
    """Note that these items' owner wants another answer to each, also of people who passed over it.

    Inside the transaction of a requeue, whose caller weighs the items, so that the queue learns what they want.
    """
    skipped = Lease.objects.select_for_update(no_key=True).filter(item__in=item_ids, state=LeaseState.SKIPPED)
    passed = list(skipped.order_by("item_id", "pk").values_list("pk", flat=True))
    Lease.objects.filter(pk__in=passed).update(state=LeaseState.RELEASED)
    lock(item_ids=sorted(item_ids))
    QueueEntry.objects.filter(pk__in=item_ids).update(wanted_again_at=timezone.now())


def ask_blind(*, item_ids: Sequence[int], blind: bool) -> None:
    """Whether these items are asked without a suggestion whatever the shares are; the caller holds them locked."""
    QueueEntry.objects.filter(pk__in=item_ids).exclude(blind=blind).update(blind=blind)


def lock(*, item_ids: Iterable[int]) -> None:
    """Lock these items' places in the queue until the transaction ends: their answers are weighed one by one."""
    rows(LOCK, {"items": array(item_ids)})
