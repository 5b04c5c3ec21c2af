"""Storing answers: each once, in the order in which they came, the late ones too."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from labeling.annotations.actions.ledger import Known, Past, hold, known, replace_earlier, store
from labeling.annotations.models import Annotation
from labeling.assignments.actions import free
from labeling.assignments.models import HELD, Lease, LeaseState
from labeling.errors import BadInput, Conflict, LabelingError
from labeling.projects.models import Label, Project

MOST_AT_ONCE = 100
LONGEST = 24 * 3600 * 1000  # milliseconds: a longer time means that the page was left open


@dataclass(frozen=True)
class Answer:
    """What a device sends: exactly one of `label` and `rejected`, and a key of its own making."""

    lease: int
    key: UUID
    label: int | None
    rejected: int | None
    milliseconds: int
    answered_at: datetime


class Status(StrEnum):
    STORED = "stored"
    ALREADY = "already-stored"
    REFUSED = "refused"


@dataclass(frozen=True)
class Result:
    """What became of one answer; a refused one stays on the device."""

    key: UUID
    status: Status
    annotation: Annotation | None = None
    error: LabelingError | None = None
    held: bool = True  # the item was this person's at some time


@dataclass(frozen=True)
class Receipt:
    """What became of all answers in their order, and what the caller goes on with in the same transaction."""

    results: list[Result]
    stored: list[Annotation]
    freed: Mapping[int, int]  # places in the queue by item, for the caller to give back who weighs
    guideline_id: int | None  # that holds now


@transaction.atomic(savepoint=False)
def submit(*, actor: User, project: Project, answers: Sequence[Answer], weighed: bool = False) -> Receipt:
    """Store each answer once, also a late one of a former holder.

    Locks the leases in the order of their items, then the queue entries likewise, so that two answers to one item are
    weighed one after the other. With `weighed` the caller weighs the items in this transaction, and gives their places
    in the queue back in the statement that does.
    """
    if not 1 <= len(answers) <= MOST_AT_ONCE:
        raise BadInput(f"Send 1 to {MOST_AT_ONCE} answers at once.", field="answers")
    mine = hold(actor, project, [answer.lease for answer in answers])
    leases = mine.leases
    before = known(
        actor, project, [lease.item_id for lease in leases.values()], [answer.key for answer in answers],
        [answer.label or answer.rejected for answer in answers],
    )  # fmt: skip
    held = {lease.item_id: lease for lease in leases.values() if lease.state in HELD}
    results = []
    for answer in (_timed(answer, mine.ages.get(answer.lease, 0)) for answer in answers):
        result = _deal_with(answer, leases.get(answer.lease), held, before)
        if result.annotation is not None:
            before.answers[answer.key] = result.annotation
        results.append(result)
    fresh = [r.annotation for r in results if r.status == Status.STORED and r.annotation is not None]
    freed = Counter(row.item_id for row in fresh if row.lease.state == LeaseState.OPEN)
    store(fresh)
    replace_earlier(fresh)
    if not weighed:
        free(places=freed)
    return Receipt(results, fresh, freed, mine.guideline_id)


def _timed(answer: Answer, age: int) -> Answer:
    """The time spent is the device's word, but never longer than the item was in its hands (milliseconds)."""
    return replace(answer, milliseconds=max(min(answer.milliseconds, age, LONGEST), 0))


def _deal_with(answer: Answer, lease: Lease | None, held: dict[int, Lease], known: Known) -> Result:
    if answer.key in known.answers:
        return Result(answer.key, Status.ALREADY, known.answers[answer.key])
    past = known.past
    try:
        _check(answer, known.labels)
        if lease is None:
            raise Conflict("This item was never handed to you.", field="lease")
        # Somebody whose lease ran out may have got the item again: the late answer closes the lease of now.
        now = held.setdefault(lease.item_id, lease)
        if past[lease.item_id].stands or now.state == LeaseState.SKIPPED:
            raise Conflict("You have answered or skipped this item before; undo that first.", field="lease")
        annotation = _annotation(answer, lease, now, past[lease.item_id])
    except LabelingError as error:
        return Result(answer.key, Status.REFUSED, error=error, held=lease is not None)
    past[lease.item_id].attempts += 1
    past[lease.item_id].stands = True
    return Result(answer.key, Status.STORED, annotation)


def _check(answer: Answer, labels: dict[int, Label]) -> None:
    if (answer.label is None) == (answer.rejected is None):
        raise BadInput("Give a label or a rejected label, not both.", field="label")
    field, chosen = ("label", answer.label) if answer.label is not None else ("rejected", answer.rejected)
    label = labels.get(chosen or 0)
    if label is None:
        raise BadInput("This project has no such class.", field=field)
    if label.retired_at is not None:
        raise Conflict(f"The class {label.name!r} was retired; answer again.", field=field)


def _annotation(answer: Answer, lease: Lease, now: Lease, past: Past) -> Annotation:
    """The answer under the lease held now, with what the lease that it names had shown."""
    shown = {lease.suggestion and lease.suggestion.label_id, lease.supposed and lease.supposed.label_id} - {None}
    if answer.rejected is not None and answer.rejected not in shown:
        raise BadInput("Only the label that was shown can be rejected.", field="rejected")
    unseen = answer.milliseconds < (lease.glance_ms or 0)  # answered before the suggestion came in view
    return Annotation(
        project_id=lease.project_id, item_id=lease.item_id, user_id=lease.user_id, lease=now,
        attempt=past.attempts + 1, label_id=answer.label, rejected_id=answer.rejected, key=answer.key, arm=lease.arm,
        arm_probability=lease.arm_probability, suggestion=None if unseen else lease.suggestion, supposed=lease.supposed,
        guideline_version_id=lease.guideline_version_id,
        milliseconds=answer.milliseconds, answered_at=min(answer.answered_at, timezone.now()),
    )
