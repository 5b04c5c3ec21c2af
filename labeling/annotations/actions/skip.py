"""Passing over an item, with a reason."""

from uuid import UUID

from django.contrib.auth.models import User
from django.db import transaction

from labeling.annotations.models import Skip, SkipReason
from labeling.assignments.actions import close
from labeling.assignments.models import HELD, Lease, LeaseState
from labeling.errors import BadInput, Conflict
from labeling.projects.models import Project


@transaction.atomic
def skip(*, actor: User, project: Project, lease_id: int, key: UUID, reason: str, note: str = "") -> Skip:
    """Note why this person passes over the item and let somebody else have it; the same key stores once.

    The caller weighs the item in the same transaction.
    """
    if reason not in SkipReason.values:
        raise BadInput(f"One of: {', '.join(SkipReason.values)}.", field="reason")
    if len(note) > 300:
        raise BadInput("At most 300 characters.", field="note")
    lease = _lease_now(actor, project, lease_id)
    known = Skip.objects.filter(key=key, lease__user=actor).first()
    if known is not None:
        return known
    if lease.state in (LeaseState.ANSWERED, LeaseState.SKIPPED):
        raise Conflict("You have answered or skipped this item before; undo that first.", field="lease")
    made = Skip.objects.create(lease=lease, key=key, reason=reason, note=note)
    close(leases=[lease], state=LeaseState.SKIPPED)
    return made


def _lease_now(actor: User, project: Project, lease_id: int) -> Lease:
    """The lease named, locked; or the one that this person holds on the same item by now."""
    mine = Lease.objects.select_for_update(of=("self",), no_key=True).filter(user=actor, project=project).order_by("pk")
    named = mine.filter(pk=lease_id).first()
    if named is None:
        raise Conflict("This item was never handed to you.", field="lease")
    return named if named.state in HELD else mine.filter(item=named.item_id, state__in=HELD).first() or named
