"""Taking an answer or a skip back: the row stays, a retraction tells that it no longer stands."""

from uuid import UUID

from django.contrib.auth.models import User
from django.db import transaction

from labeling.annotations.models import Annotation, Retraction, Skip
from labeling.assignments.actions import lock, reopen
from labeling.assignments.models import Lease, LeaseState
from labeling.errors import Conflict, NotFound
from labeling.projects.models import Project


@transaction.atomic
def undo(*, actor: User, project: Project, key: UUID) -> Lease:
    """Take back this person's answer or skip with this key and hand its lease back; done twice, it changes nothing.

    The caller weighs the item again in the same transaction.
    """
    answers = Annotation.objects.filter(user=actor, project=project, key=key)
    skips = Skip.objects.filter(lease__user=actor, lease__project=project, key=key)
    row = answers.first() or skips.first()
    if row is None:
        raise NotFound("No answer of yours has this key.", field="key")
    lease = Lease.objects.select_for_update(of=("self",), no_key=True).get(pk=row.lease_id)
    lock(item_ids=[lease.item_id])
    if isinstance(row, Annotation):
        if Retraction.objects.filter(annotation=row).exists():
            return lease
        Retraction.objects.create(annotation=row, actor=actor)
    elif lease.state != LeaseState.SKIPPED:
        return lease
    if lease.state not in (LeaseState.ANSWERED, LeaseState.SKIPPED):
        raise Conflict("This item is not with you any more.", field="key")
    return reopen(lease=lease)
