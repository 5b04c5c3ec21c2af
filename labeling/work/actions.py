"""What a person at the labeling page does: each answer is weighed in the transaction that stores it."""

from collections.abc import Sequence
from uuid import UUID

from django.contrib.auth.models import User
from django.db import transaction

from labeling.annotations import actions as annotations
from labeling.annotations.actions import Answer, Result
from labeling.annotations.models import Skip
from labeling.assignments import actions as assignments
from labeling.assignments.models import Gold, GoldSource, Lease
from labeling.consensus.actions import free_late, weigh
from labeling.consensus.reads import verified
from labeling.errors import Conflict
from labeling.projects.models import Project


def submit(*, actor: User, project: Project, answers: Sequence[Answer]) -> list[Result]:
    """Store answers and weigh their items; what is acknowledged is stored, weighed and in the queue's count.

    A late answer may meet its own person's new claim of the item: it begins anew, and closes that lease.
    """
    return assignments.anew_if_overtaken(lambda: _submit(actor, project, answers))


@transaction.atomic
def _submit(actor: User, project: Project, answers: Sequence[Answer]) -> list[Result]:
    receipt = annotations.submit(actor=actor, project=project, answers=answers, weighed=True)
    free_late(answers=receipt.stored, guideline_id=receipt.guideline_id)
    weigh(project=project, item_ids=[annotation.item_id for annotation in receipt.stored], freed=receipt.freed)
    if any(annotation.lease.gold_id is not None for annotation in receipt.stored):
        annotations.judge_quiz(user=actor, project=project)
    return receipt.results


@transaction.atomic
def submit_recorded(*, actor: User, project: Project, answers: Sequence[Answer]) -> int:
    """Store what people answered elsewhere and weigh its items; returns how many answers."""
    stored = annotations.submit_recorded(actor=actor, project=project, answers=answers)
    weigh(project=project, item_ids=[annotation.item_id for annotation in stored])
    return len(stored)


@transaction.atomic
def add_gold(*, actor: User, project: Project, item_id: int, label_id: int, source: str = GoldSource.OWNER) -> Gold:
    """Make an item gold: its label is verified by that, and it asks for no more answers of its own."""
    if source == GoldSource.CONSENSUS:
        _check_verified(project, item_id, label_id)
    gold = assignments.make_gold(actor=actor, project=project, item_id=item_id, label_id=label_id, source=source)
    weigh(project=project, item_ids=[gold.item_id])
    return gold


def _check_verified(project: Project, item_id: int, label_id: int) -> None:
    """Only what people agreed on can be promoted as agreed; an expert stands for it."""
    if not verified(project).filter(item=item_id, label=label_id).exists():
        raise Conflict("People have not agreed on this label: give the label yourself.", field="item")


@transaction.atomic
def retire_gold(*, actor: User, project: Project, gold_id: int) -> Gold:
    """Let an item stand on its answers again."""
    gold = assignments.retire_gold(actor=actor, project=project, gold_id=gold_id)
    weigh(project=project, item_ids=[gold.item_id])
    return gold


@transaction.atomic
def undo(*, actor: User, project: Project, key: UUID) -> Lease:
    """Take an answer or a skip back, weigh its item again, and hand its lease back."""
    lease = annotations.undo(actor=actor, project=project, key=key)
    weigh(project=project, item_ids=[lease.item_id])
    return lease


def skip(*, actor: User, project: Project, lease_id: int, key: UUID, reason: str, note: str) -> Skip:
    """Pass over an item. That is no answer, but fewer people may answer it now. A late one is dealt with likewise."""
    return assignments.anew_if_overtaken(lambda: _skip(actor, project, lease_id, key, reason, note))


@transaction.atomic
def _skip(actor: User, project: Project, lease_id: int, key: UUID, reason: str, note: str) -> Skip:
    made = annotations.skip(actor=actor, project=project, lease_id=lease_id, key=key, reason=reason, note=note)
    weigh(project=project, item_ids=[made.lease.item_id])
    return made
