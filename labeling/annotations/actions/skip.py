"""Passing over an item, with a reason."""

from uuid import UUID

from django.contrib.auth.models import User
from django.db import transaction

from labeling.annotations.models import Skip, SkipReason
from labeling.assignments.actions import close
from labeling.assignments.models import Lease, LeaseState
from labeling.errors import BadInput, Conflict
from labeling.projects.models import Project


@transaction.atomic
def skip(*, actor: User, project: Project, lease_id: int, key: UUID, reason: str, note: str = "") -> Skip:
    """Note why this person passes over the item and let somebody else have it; the same key stores once."""
    if reason not in SkipReason.values:
        raise BadInput(f"One of: {', '.join(SkipReason.values)}.", field="reason")
    if len(note) > 300:
        raise BadInput("At most 300 characters.", field="note")
    rows = Lease.objects.select_for_update(of=("self",)).filter(pk=lease_id, user=actor, project=project)
    lease = rows.first()
    if lease is None:
        raise Conflict("This item was never handed to you.", field="lease")
    known = Skip.objects.filter(key=key, lease__user=actor).first()
    if known is not None:
        return known
    if lease.state in (LeaseState.ANSWERED, LeaseState.SKIPPED):
        raise Conflict("You have answered or skipped this item before; undo that first.", field="lease")
    made = Skip.objects.create(lease=lease, key=key, reason=reason, note=note)
    close(leases=[lease], state=LeaseState.SKIPPED)
    return made
