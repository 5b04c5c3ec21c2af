"""What a person at the labeling page does: each answer is weighed in the transaction that stores it."""

from collections.abc import Sequence
from uuid import UUID

from django.contrib.auth.models import User
from django.db import transaction

from labeling.annotations import actions as annotations
from labeling.annotations.actions import Answer, Result, Status
from labeling.annotations.models import Skip
from labeling.assignments.models import Lease
from labeling.consensus.actions import weigh
from labeling.projects.models import Project


@transaction.atomic
def submit(*, actor: User, project: Project, answers: Sequence[Answer]) -> list[Result]:
    """Store answers and weigh their items; what is acknowledged is stored, weighed and in the queue's count."""
    results = annotations.submit(actor=actor, project=project, answers=answers)
    stored = [result.annotation for result in results if result.status == Status.STORED]
    weigh(project=project, item_ids=[annotation.item_id for annotation in stored if annotation is not None])
    return results


@transaction.atomic
def undo(*, actor: User, project: Project, key: UUID) -> Lease:
    """Take an answer or a skip back, weigh its item again, and hand its lease back."""
    lease = annotations.undo(actor=actor, project=project, key=key)
    weigh(project=project, item_ids=[lease.item_id])
    return lease


def skip(*, actor: User, project: Project, lease_id: int, key: UUID, reason: str, note: str) -> Skip:
    """Pass over an item; nothing is weighed, since a skip is not an answer."""
    return annotations.skip(
        actor=actor, project=project, lease_id=lease_id, key=key, reason=reason, note=note
    )
