"""Storing what people answered elsewhere, many people's answers at once."""

from collections.abc import Sequence

from django.contrib.auth.models import User
from django.db import transaction

from labeling.annotations.actions.submit import Answer
from labeling.annotations.models import Annotation
from labeling.assignments.actions import close, lock
from labeling.assignments.models import Lease, LeaseState
from labeling.audit.actions import record
from labeling.errors import BadInput, Conflict
from labeling.projects.models import Label, Project


@transaction.atomic
def submit_recorded(*, actor: User, project: Project, answers: Sequence[Answer]) -> list[Annotation]:
    """Store labels under the leases handed out to their people, one for each item; all or nothing.

    `actor` is the owner who brings the record. The caller weighs the items in this transaction.
    """
    named = Lease.objects.filter(project=project, state=LeaseState.OPEN, pk__in=[answer.lease for answer in answers])
    leases = {lease.pk: lease for lease in named.select_for_update(no_key=True).order_by("item_id", "pk")}
    lock(item_ids=[lease.item_id for lease in leases.values()])
    labels = set(Label.objects.filter(project=project, retired_at=None).values_list("pk", flat=True))
    fresh = []
    for answer in answers:
        if answer.label not in labels:
            raise BadInput("This project has no such class.", field="label")
        if answer.lease not in leases:
            raise Conflict("This item was not handed out, or answered before.", field="lease")
        fresh.append(_annotation(answer, leases.pop(answer.lease)))
    Annotation.objects.bulk_create(fresh)
    close(leases=[annotation.lease for annotation in fresh], state=LeaseState.ANSWERED)
    record(actor=actor, verb="recorded answers", row=project, project_id=project.pk, answers=len(fresh))
    return fresh


def _annotation(answer: Answer, lease: Lease) -> Annotation:
    return Annotation(
        project_id=lease.project_id, item_id=lease.item_id, user_id=lease.user_id, lease=lease, attempt=1,
        label_id=answer.label, key=answer.key, arm=lease.arm, arm_probability=lease.arm_probability,
        suggestion_id=lease.suggestion_id,
        guideline_version_id=lease.guideline_version_id, milliseconds=answer.milliseconds,
        answered_at=answer.answered_at,
    )  # fmt: skip
