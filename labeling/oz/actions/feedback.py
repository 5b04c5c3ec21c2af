"""What end users make of an answer."""

from uuid import UUID

from django.contrib.auth.models import User
from django.db import transaction

from labeling.errors import BadInput, Conflict
from labeling.oz.models import Feedback, Inquiry, InquiryState

LONGEST_COMMENT = 1000


@transaction.atomic
def give_feedback(
    *, actor: User, inquiry: Inquiry, key: UUID, useful: bool | None = None, rating: int | None = None,
    comment: str = "", correction: str = "",
) -> Feedback:
    """Store feedback on an answer once; the same key with other words is a Conflict."""
    if inquiry.state != InquiryState.ANSWERED:
        raise Conflict("There is no answer yet.", field="inquiry")
    if rating is not None and not 1 <= rating <= 5:
        raise BadInput("from 1 to 5", field="rating")
    if len(comment) > LONGEST_COMMENT:
        raise BadInput(f"at most {LONGEST_COMMENT} characters", field="comment")
    if useful is None and rating is None and not comment.strip() and not correction.strip():
        raise BadInput("useful or not, a rating, a comment or a correction", field="useful")
    words = {"useful": useful, "rating": rating, "comment": comment.strip(), "correction": correction.strip()[:80]}
    row, fresh = Feedback.objects.get_or_create(user=actor, key=key, defaults={"inquiry": inquiry, **words})
    same = row.inquiry_id == inquiry.pk and all(getattr(row, field) == value for field, value in words.items())
    if not fresh and not same:
        raise Conflict("Something else was sent under this key before.", field="key")
    return row
