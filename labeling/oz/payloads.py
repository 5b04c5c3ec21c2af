"""What callers and consoles are told."""

from dataclasses import asdict
from typing import Any

from django.utils import timezone

from labeling.oz.models import OPEN, Inquiry, InquiryState, Reply
from labeling.oz.variants import classes_of
from labeling.projects.models import Project

STATUS = {
    InquiryState.ANSWERED: 200, InquiryState.THINKING: 202, InquiryState.WAITING: 202, InquiryState.LEASED: 202,
    InquiryState.TIMED_OUT: 504, InquiryState.ENDED: 410,
}  # fmt: skip
OVER = {
    InquiryState.TIMED_OUT: "Nobody answered in time.",
    InquiryState.ENDED: "The experiment ended before anybody answered.",
}


def place(project: Project, inquiry: Inquiry) -> str:
    """Where to ask again."""
    return f"/api/v1/projects/{project.slug}/predict/{inquiry.pk}"


def state_now(inquiry: Inquiry) -> str:
    """The state, with time that ran out since the last tending counted."""
    late = inquiry.state in OPEN and inquiry.expires_at is not None and inquiry.expires_at < timezone.now()
    return InquiryState.TIMED_OUT if late else inquiry.state


def call_payload(project: Project, inquiry: Inquiry) -> tuple[dict[str, Any], int]:
    """The body and status of a caller's answer; who answered is told by the field `by` alone."""
    state = InquiryState(state_now(inquiry))
    body: dict[str, Any] = {
        "id": str(inquiry.pk), "state": "waiting" if state in OPEN else str(state), "label": None, "by": None,
        "ask_again": place(project, inquiry) if state in OPEN else None,
    }  # fmt: skip
    if state == InquiryState.ANSWERED:
        body |= {"label": inquiry.reply.said, "by": _by(inquiry.reply)}
    if state in OVER:
        body |= {"type": str(state), "field": "", "reason": OVER[state]}
    return body, STATUS[state]


def _by(reply: Reply) -> dict[str, Any]:
    version = reply.model_version
    kind = "wizard" if version is None else "model"
    return {"kind": kind, "model": version.number if version else None, "confidence": reply.confidence}


def inquiry_payload(project: Project, inquiry: Inquiry | None) -> dict[str, Any] | None:
    """What a wizard's console needs to show an inquiry; the variant's words are on the page already."""
    if inquiry is None or inquiry.variant is None:
        return None
    return {
        "id": str(inquiry.pk), "variant": inquiry.variant.letter, "called": inquiry.caller_id is not None,
        "media": f"/api/v1/projects/{project.slug}/inputs/{inquiry.input_id}/media", "name": inquiry.input.name,
        "classes": [asdict(each) for each in classes_of(inquiry.variant)],
        "asked_at": inquiry.created_at.isoformat(),
    }  # fmt: skip
