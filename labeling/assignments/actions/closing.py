"""Ends of leases: answered, skipped, given back, run out; and the reopening that an undo needs."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.contrib.auth.models import User
from django.db import connection, transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone

from labeling.assignments.models import HELD, Lease, LeaseState
from labeling.projects.models import Project
from labeling.statements import array, rows

HEARTBEAT_SECONDS = 60.0
EXPIRE_BATCH = 1_000

# Leases that somebody is answering at this moment are passed over; they close themselves.
EXPIRE = """
WITH late AS (
    SELECT id, item_id FROM labeling_lease
    WHERE project_id = %(project)s AND state = 'open' AND expires_at < now()
    ORDER BY item_id LIMIT %(batch)s FOR UPDATE SKIP LOCKED
), closed AS (
    UPDATE labeling_lease l SET state = 'expired', closed_at = now() FROM late WHERE l.id = late.id RETURNING l.item_id
)
SELECT item_id, count(*) FROM closed GROUP BY item_id ORDER BY item_id
"""

# Entries are locked in the order of items. `places` may be negative: a lease opened again takes its place back.
FREE = """
WITH freed AS (
    SELECT q.item_id, f.places FROM labeling_queueentry q
    JOIN unnest(%(items)s::bigint[], %(places)s::int[]) AS f(item_id, places) ON f.item_id = q.item_id
    ORDER BY q.item_id FOR UPDATE OF q
)
UPDATE labeling_queueentry q SET leased = q.leased - freed.places FROM freed WHERE q.item_id = freed.item_id
"""

# The end of leases that the caller holds locked; their places are given back apart.
ENDED = """
UPDATE labeling_lease SET state = %(state)s, closed_at = %(now)s::timestamptz WHERE id = ANY(%(leases)s::bigint[])
"""

# Both.
END = f"""
WITH ended AS ({ENDED}), {FREE.strip().removeprefix("WITH ")}
"""


def free(*, places: Mapping[int, int]) -> None:
    """Give places back to the queue, by item; inside the transaction in which their leases ended."""
    if places:
        rows(FREE, {"items": array(places), "places": array(places.values())})


def close(*, leases: Sequence[Lease], state: LeaseState) -> None:
    """End leases that the caller holds locked; only those still open give a place back."""
    if not leases:
        return
    places = Counter(lease.item_id for lease in leases if lease.state == LeaseState.OPEN)
    now = timezone.now()
    freed = {"items": array(places), "places": array(places.values())}
    rows(END, {"state": state.value, "now": now, "leases": array(lease.pk for lease in leases)} | freed)
    for lease in leases:
        lease.state, lease.closed_at = state, now


@transaction.atomic
def release(*, actor: User, project: Project, lease_ids: Collection[int]) -> int:
    """Give back this person's open leases, so that others get the items at once; returns how many."""
    leases = Lease.objects.select_for_update(of=("self",), no_key=True).filter(
        pk__in=lease_ids, user=actor, project=project, state=LeaseState.OPEN
    )
    held = list(leases.order_by("item_id", "pk"))
    close(leases=held, state=LeaseState.RELEASED)
    return len(held)


@dataclass(frozen=True)
class Kept:
    """What a heartbeat kept alive: the leases that are still open, and until when they are held at least."""

    until: datetime
    lease_ids: list[int]


@transaction.atomic
def heartbeat(*, actor: User, project: Project, lease_ids: Collection[int]) -> Kept:
    """Keep this person's open leases alive for at least a minute from now; the others are lost or done.

    Locks them in the order in which answers do, and waits: what is just being closed is not told of as kept.
    """
    mine = Lease.objects.select_for_update(no_key=True).filter(
        pk__in=lease_ids, user=actor, project=project, state=LeaseState.OPEN
    )
    held = list(mine.order_by("item_id", "pk").values_list("pk", flat=True))
    until = timezone.now() + timedelta(seconds=HEARTBEAT_SECONDS)
    Lease.objects.filter(pk__in=held, expires_at__lt=until).update(expires_at=until)
    return Kept(until, held)


def expire(*, project: Project) -> int:
    """Close the leases whose time has run out, and free their places; returns how many items were freed."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(EXPIRE, {"project": project.pk, "batch": EXPIRE_BATCH})
        places = dict(cursor.fetchall())
        free(places=places)
    return len(places)


def outdate(*, lease_ids: Collection[int]) -> None:
    """Let the people of these answered leases be asked again; inside the transaction that weighs their items anew."""
    rows = Lease.objects.select_for_update(no_key=True).filter(pk__in=lease_ids, state=LeaseState.ANSWERED)
    held = list(rows.order_by("item_id", "pk").values_list("pk", flat=True))
    Lease.objects.filter(pk__in=held).update(state=LeaseState.OUTDATED)


def reinstate(*, lease_ids: Collection[int]) -> None:
    """Take back what `outdate` did, but for people who have been asked again since."""
    rows = Lease.objects.select_for_update(no_key=True).filter(pk__in=lease_ids, state=LeaseState.OUTDATED)
    newer = Lease.objects.filter(item=OuterRef("item"), user=OuterRef("user"), state__in=HELD)
    held = list(rows.exclude(Exists(newer)).order_by("item_id", "pk").values_list("pk", flat=True))
    Lease.objects.filter(pk__in=held).update(state=LeaseState.ANSWERED)


def reopen(*, lease: Lease) -> Lease:
    """Hand an answered or skipped lease, locked by the caller, back to its person for another minute."""
    lease.state, lease.closed_at = LeaseState.OPEN, None
    lease.expires_at = timezone.now() + timedelta(seconds=HEARTBEAT_SECONDS)
    lease.save(update_fields=["state", "closed_at", "expires_at"])
    free(places={lease.item_id: -1})
    return lease

