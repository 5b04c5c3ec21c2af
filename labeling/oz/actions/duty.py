"""Wizards come, take what waits, and go; what they held goes on to the others."""

from datetime import timedelta

from django.contrib.auth.models import User
from django.db import connection, transaction
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

# Callers first, those who still wait before those who hung up; then by variant, so that nobody changes rules each time.
TAKE = """
SELECT q.id FROM labeling_inquiry q
WHERE q.experiment_id = %(experiment)s AND q.state = 'waiting' AND (q.expires_at IS NULL OR q.expires_at > now())
  AND NOT EXISTS (
    SELECT 1 FROM labeling_handover h WHERE h.inquiry_id = q.id AND h.user_id = %(user)s AND h.reason = 'passed')
  AND (q.caller_id IS NOT NULL OR NOT EXISTS (
    SELECT 1 FROM labeling_reply r JOIN labeling_inquiry o ON o.id = r.inquiry_id
    WHERE o.input_id = q.input_id AND o.variant_id = q.variant_id AND r.wizard_id = %(user)s))
ORDER BY q.caller_id IS NULL, q.abandoned_at IS NOT NULL, q.variant_id IS DISTINCT FROM %(last)s, q.created_at, q.id
LIMIT 1 FOR UPDATE OF q SKIP LOCKED
"""
LAST = """
SELECT variant_id FROM labeling_inquiry q JOIN labeling_reply r ON r.inquiry_id = q.id
WHERE q.experiment_id = %s AND r.wizard_id = %s ORDER BY r.id DESC LIMIT 1
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

    A console that is closed gets nothing: its row is locked, so that it cannot close in between and keep what it got.
    """
    if not Shift.objects.select_for_update(no_key=True, of=("self",)).filter(pk=shift.pk, ended_at=None).exists():
        return None
    held = Inquiry.objects.filter(shift=shift, state=InquiryState.LEASED).first()
    if held is not None:
        return held
    with connection.cursor() as cursor:
        cursor.execute(LAST, [shift.experiment_id, shift.user_id])
        last = cursor.fetchone()
        keys = {"experiment": shift.experiment_id, "user": shift.user_id, "last": last[0] if last else None}
        cursor.execute(TAKE, keys)
        found = cursor.fetchone()
    if found is None:
        return None
    Inquiry.objects.filter(pk=found[0]).update(
        state=InquiryState.LEASED, shift=shift, leased_at=timezone.now()
    )
    return Inquiry.objects.get(pk=found[0])


def beat(*, shift: Shift) -> Shift:
    """The console is still open. Conflict once its shift was ended, so that the page begins another."""
    if not Shift.objects.filter(pk=shift.pk, ended_at=None).update(seen_at=timezone.now()):
        raise Conflict("This shift is over: begin another.", field="shift")
    return shift


@transaction.atomic
def leave(*, shift: Shift, reason: str = HandoverReason.LEFT) -> int:
    """Close a console and hand on what it held, at once; returns how many. Twice changes nothing."""
    row = Shift.objects.select_for_update(of=("self",)).get(pk=shift.pk)
    if row.ended_at is None:
        row.ended_at = timezone.now()
        row.save(update_fields=["ended_at"])
    held = Inquiry.objects.select_for_update(of=("self",)).filter(shift=row, state=InquiryState.LEASED)
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
