"""Wizards come, take what waits, and go; what they held goes on to the others."""

from datetime import timedelta

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from labeling.audit import actions as audit
from labeling.errors import Conflict, NotAllowed
from labeling.live.held import ring
from labeling.oz import topics
from labeling.oz.actions.drafting import locked
from labeling.oz.models import (
    Experiment,
    ExperimentState,
    Handover,
    HandoverReason,
    Inquiry,
    InquiryState,
    Part,
    Seat,
    Shift,
)
from labeling.oz.reads import SILENT_SECONDS
from labeling.statements import rows

# Locks the console's row, so that it cannot close in between and keep what it got; and it is a sign of life.
BEAT = "UPDATE labeling_shift SET seen_at = clock_timestamp() WHERE id = %(shift)s AND ended_at IS NULL RETURNING id"

# What the console holds; else callers, those who still wait before those who hung up; else what shows agreement. Of the
# same variant as last time if there is, so that nobody changes rules each time. Each part is run only if those before
# it found nothing.
TAKE = """
WITH held AS (
  SELECT q.id FROM labeling_inquiry q WHERE q.shift_id = %(shift)s AND q.state = 'leased' LIMIT 1
), last AS MATERIALIZED (
  SELECT o.variant_id FROM labeling_reply r JOIN labeling_inquiry o ON o.id = r.inquiry_id
  WHERE r.wizard_id = %(user)s ORDER BY r.id DESC LIMIT 1
), calls AS (
  SELECT q.id FROM labeling_inquiry q
  WHERE q.experiment_id = %(experiment)s AND q.state = 'waiting' AND q.caller_id IS NOT NULL
    AND q.expires_at > statement_timestamp() AND NOT EXISTS (
      SELECT FROM labeling_handover h WHERE h.inquiry_id = q.id AND h.user_id = %(user)s AND h.reason = 'passed')
  ORDER BY q.abandoned_at IS NOT NULL, q.variant_id IS DISTINCT FROM (SELECT variant_id FROM last), q.created_at, q.id
  LIMIT 1 FOR UPDATE OF q SKIP LOCKED
), panel AS (
  SELECT q.id FROM labeling_inquiry q
  WHERE q.experiment_id = %(experiment)s AND q.state = 'waiting' AND q.caller_id IS NULL
    AND NOT EXISTS (
      SELECT FROM labeling_handover h WHERE h.inquiry_id = q.id AND h.user_id = %(user)s AND h.reason = 'passed')
    AND NOT EXISTS (
      SELECT FROM labeling_inquiry o JOIN labeling_reply r ON r.inquiry_id = o.id
      WHERE o.input_id = q.input_id AND o.variant_id = q.variant_id AND r.wizard_id = %(user)s)
  ORDER BY q.variant_id IS DISTINCT FROM (SELECT variant_id FROM last), q.created_at, q.id
  LIMIT 1 FOR UPDATE OF q SKIP LOCKED
)
UPDATE labeling_inquiry SET state = 'leased', shift_id = %(shift)s,
  leased_at = CASE state WHEN 'leased' THEN leased_at ELSE clock_timestamp() END
WHERE id = (SELECT id FROM held UNION ALL SELECT id FROM calls UNION ALL SELECT id FROM panel LIMIT 1)
RETURNING id
"""


@transaction.atomic
def come_on_duty(*, actor: User, experiment: Experiment) -> Shift:
    """Open a console: from now on callers may be answered by this person."""
    row = locked(experiment, ExperimentState.RUNNING)
    if not Seat.objects.filter(experiment=row, user=actor, part=Part.WIZARD).exists():
        raise NotAllowed("You are no wizard of this experiment.", field="experiment")
    shift = Shift.objects.create(experiment=row, user=actor, seen_at=timezone.now())
    audit.record(actor=actor, verb="come_on_duty", row=shift, project_id=row.project_id)
    return shift


@transaction.atomic
def take(*, shift: Shift) -> Inquiry | None:
    """What this console holds already, or the most urgent inquiry that its wizard may answer; None where none waits.

    A console that is closed gets nothing.
    """
    if not rows(BEAT, {"shift": shift.pk}):
        return None
    found = rows(TAKE, {"shift": shift.pk, "experiment": shift.experiment_id, "user": shift.user_id})
    return Inquiry.objects.select_related("variant", "input").get(pk=found[0][0]) if found else None


def beat(*, shift: Shift) -> Shift:
    """The console is still open. Conflict once its shift was ended, so that the page begins another."""
    if not Shift.objects.filter(pk=shift.pk, ended_at=None).update(seen_at=timezone.now()):
        raise Conflict("This shift is over: begin another.", field="shift")
    return shift


@transaction.atomic
def leave(*, shift: Shift, reason: str = HandoverReason.LEFT) -> int:
    """Close a console and hand on what it held, at once; returns how many. Twice changes nothing."""
    row = Shift.objects.select_for_update(of=("self",), no_key=True).get(pk=shift.pk)
    if row.ended_at is None:
        row.ended_at = timezone.now()
        row.save(update_fields=["ended_at"])
    held = Inquiry.objects.select_for_update(of=("self",), no_key=True).filter(shift=row, state=InquiryState.LEASED)
    return sum(hand_on(inquiry, row.user, reason) for inquiry in held)


def hand_on(inquiry: Inquiry, user: User, reason: str) -> int:
    """Give a locked inquiry back to those who wait for work."""
    Handover.objects.create(inquiry=inquiry, user=user, reason=reason)
    inquiry.state, inquiry.shift = InquiryState.WAITING, None
    inquiry.save(update_fields=["state", "shift"])
    ring(topics.consoles(inquiry.experiment_id or 0))
    return 1


def end_silent() -> int:
    """Close the consoles that gave no sign of life; returns how many."""
    silent = Shift.objects.filter(ended_at=None, seen_at__lt=timezone.now() - timedelta(seconds=SILENT_SECONDS))
    shifts = list(silent.select_related("user"))
    for shift in shifts:
        leave(shift=shift, reason=HandoverReason.SILENT)
    return len(shifts)
