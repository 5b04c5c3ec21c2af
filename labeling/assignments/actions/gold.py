"""Gold made and retired, and how much of it people get. The caller weighs the item in the same transaction."""

from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from labeling.assignments.models import Gold, GoldSource, TrustPolicy
from labeling.audit import actions as audit
from labeling.errors import BadInput, Conflict, NotFound
from labeling.items.models import Item, ItemState
from labeling.projects.models import Label, LabelRole, Project

MOST_SHARE = 0.5  # more than half gold would be no work
POLICY = frozenset({"gold_shares", "gold_step", "quiz_items", "quiz_mark", "quiz_limit", "feedback_after"})
LEAST_FEEDBACK = 10  # gold answers in a batch: fewer would tell which items they were


@transaction.atomic
def make_gold(*, actor: User, project: Project, item_id: int, label_id: int, source: str = GoldSource.OWNER) -> Gold:
    """Say that this item is known to be of this label; a second time changes nothing, a retired one is used again."""
    item = Item.objects.select_for_update(of=("self",), no_key=True).filter(pk=item_id, project=project).first()
    if item is None:
        raise NotFound("no such item", field="item")
    if item.state != ItemState.READY:
        raise Conflict(f"This item is {item.get_state_display().lower()}.", field="item")
    label = _true_label(project, label_id)
    row = Gold.objects.filter(item=item).first()
    if row is not None and row.retired_at is None:
        if row.label_id == label.pk:
            return row
        raise Conflict(f"This item is gold already, as {row.label.name!r}: retire it first.", field="item")
    row = row or Gold(item=item, project=project)
    row.label, row.source, row.author, row.created_at, row.retired_at = label, source, actor, timezone.now(), None
    row.save()
    audit.record(actor=actor, verb="make_gold", row=row, project_id=project.pk, item=item.pk, label=label.pk)
    return row


def _true_label(project: Project, label_id: int) -> Label:
    rows = Label.objects.filter(pk=label_id, project=project, retired_at=None).exclude(role=LabelRole.UNSURE)
    label = rows.first()
    if label is None:
        raise BadInput("This project has no such class.", field="label")
    return label


@transaction.atomic
def retire_gold(*, actor: User, project: Project, gold_id: int) -> Gold:
    """Use an item as gold no more; what people answered to it stays, and is judged no more."""
    row = Gold.objects.select_for_update(of=("self",), no_key=True).filter(pk=gold_id, project=project).first()
    if row is None:
        raise NotFound("no such gold", field="gold")
    if row.retired_at is None:
        row.retired_at = timezone.now()
        row.save(update_fields=["retired_at"])
        audit.record(actor=actor, verb="retire_gold", row=row, project_id=project.pk, item=row.item_id)
    return row


@transaction.atomic
def set_trust(*, actor: User | None, project: Project, **settings: Any) -> TrustPolicy:
    """Change any of POLICY; the rest stays."""
    TrustPolicy.objects.get_or_create(project=project)
    row = TrustPolicy.objects.select_for_update(of=("self",), no_key=True).get(project=project)
    for field, value in settings.items():
        if field not in POLICY:
            raise BadInput("no such setting", field=field)
        setattr(row, field, value)
    _check(row)
    row.save(update_fields=sorted(settings))
    audit.record(actor=actor, verb="set_trust", row=row, project_id=project.pk, **settings)
    return row


def _check(row: TrustPolicy) -> None:
    shares = row.gold_shares
    if not shares or len(shares) > 10 or not all(0 <= share <= MOST_SHARE for share in shares):
        raise BadInput(f"One to ten shares, each from 0 to {MOST_SHARE:g}.", field="gold_shares")
    if sorted(shares, reverse=True) != list(shares):
        raise BadInput("Gold thins out: no share above the one before it.", field="gold_shares")
    if not 1 <= row.gold_step <= 1000:
        raise BadInput("From 1 to 1000.", field="gold_step")
    if not 0 <= row.quiz_items <= 1000:
        raise BadInput("From 0 (no quiz) to 1000.", field="quiz_items")
    if not 0 < row.quiz_mark <= 1:
        raise BadInput("Above 0 and at most 1.", field="quiz_mark")
    if not row.quiz_items <= row.quiz_limit <= 1000:
        raise BadInput("At least as many as the quiz has questions.", field="quiz_limit")
    if row.feedback_after is not None and not LEAST_FEEDBACK <= row.feedback_after <= 1000:
        raise BadInput(f"At least {LEAST_FEEDBACK}, or nobody could be kept from guessing.", field="feedback_after")
