"""What a wizard says of what is before them."""

from uuid import UUID

from django.db import transaction
from django.utils import timezone

from labeling.errors import BadInput, Conflict, NotFound
from labeling.live.held import ring
from labeling.oz import topics
from labeling.oz.actions.duty import hand_on
from labeling.oz.models import OPEN, HandoverReason, Inquiry, InquiryState, Reply, Shift
from labeling.oz.variants import classes_of

LONGEST = 24 * 3600 * 1000  # milliseconds: a longer time means that the page was left open


@transaction.atomic
def answer(*, shift: Shift, inquiry_id: UUID, said: str, milliseconds: int) -> Reply:
    """Store the first answer and wake its caller; the same one sent twice is stored once.

    An answer to what was handed on meanwhile counts as long as nobody else was quicker.
    """
    inquiry = _locked(shift, inquiry_id)
    before = Reply.objects.filter(inquiry=inquiry).first()
    if before is not None and (before.wizard_id, before.said) == (shift.user_id, said):
        return before
    if inquiry.state not in OPEN:
        raise Conflict(f"Too late: {inquiry.get_state_display().lower()}.", field="inquiry")
    if inquiry.variant is None or said not in {each.name for each in classes_of(inquiry.variant)}:
        raise BadInput("The variant has no such class.", field="said")
    if not _held_by(inquiry, shift):
        raise Conflict("This was never handed to you.", field="inquiry")
    reply = Reply.objects.create(
        inquiry=inquiry, wizard_id=shift.user_id, said=said, milliseconds=min(max(milliseconds, 0), LONGEST)
    )
    close(inquiry, InquiryState.ANSWERED)
    return reply


def _locked(shift: Shift, inquiry_id: UUID) -> Inquiry:
    rows = Inquiry.objects.select_for_update(of=("self",), no_key=True).select_related("variant", "shift")
    inquiry = rows.filter(pk=inquiry_id, experiment=shift.experiment_id).first()
    if inquiry is None:
        raise NotFound("no such inquiry", field="inquiry")
    return inquiry


def _held_by(inquiry: Inquiry, shift: Shift) -> bool:
    held = inquiry.shift is not None and inquiry.shift.user_id == shift.user_id
    return held or inquiry.handovers.filter(user=shift.user_id).exists()


def close(inquiry: Inquiry, state: InquiryState) -> None:
    """End a locked inquiry and wake its caller."""
    inquiry.state, inquiry.closed_at = state, timezone.now()
    inquiry.save(update_fields=["state", "closed_at"])
    if inquiry.caller_id is not None:
        ring(topics.caller(inquiry.pk))


@transaction.atomic
def pass_on(*, shift: Shift, inquiry_id: UUID) -> Inquiry:
    """Leave an inquiry to the other wizards; this one does not get it again."""
    inquiry = _locked(shift, inquiry_id)
    if inquiry.state == InquiryState.LEASED and inquiry.shift_id == shift.pk:
        hand_on(inquiry, shift.user, HandoverReason.PASSED)
    return inquiry
