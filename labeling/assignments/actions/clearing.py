"""Who gets work: the entry quiz begun and passed, a pause and its lifting. Why is judged elsewhere."""

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from labeling.assignments.models import Clearance, ClearanceState, Lease, LeaseState
from labeling.audit import actions as audit
from labeling.errors import BadInput, Conflict, NotFound
from labeling.projects.models import Member, Project

LONGEST_REASON = 300


@transaction.atomic
def begin(*, actor: User, project: Project) -> Clearance:
    """A newcomer begins with the quiz; somebody who answered here before there was one is let off."""
    known = Lease.objects.filter(user=actor, project=project, state=LeaseState.ANSWERED).exists()
    state, now = ClearanceState.CLEARED if known else ClearanceState.QUIZ, timezone.now()
    row, made = Clearance.objects.get_or_create(
        project=project, user=actor, defaults={"state": state, "since": now, "quiz_since": None if known else now}
    )
    if made and not known:
        audit.record(actor=actor, verb="begin_quiz", row=row, project_id=project.pk, user=actor.pk)
    return row


@transaction.atomic
def pass_quiz(*, clearance: Clearance) -> Clearance:
    """Let somebody in whom the caller, holding the row locked, found good enough."""
    clearance.passed_at = timezone.now()
    return _set(None, clearance, ClearanceState.CLEARED, "", "pass_quiz")


@transaction.atomic
def pause(*, actor: User | None, project: Project, user: User, reason: str) -> Clearance:
    """Give this person no more work until somebody lifts it; the reason is for them to read."""
    if not reason.strip() or len(reason) > LONGEST_REASON:
        raise BadInput(f"Say why, in at most {LONGEST_REASON} characters.", field="reason")
    row = _locked(project, user)
    return row if row.state == ClearanceState.PAUSED else _set(actor, row, ClearanceState.PAUSED, reason, "pause")


@transaction.atomic
def lift(*, actor: User, project: Project, user: User) -> Clearance:
    """Let a paused person, or one in the quiz, work on; rules look at their answers from now on."""
    row = _locked(project, user)
    if row.state == ClearanceState.CLEARED:
        return row
    if row.quiz_since is not None and row.passed_at is None:
        row.passed_at = timezone.now()
    return _set(actor, row, ClearanceState.CLEARED, "", "lift")


@transaction.atomic
def repeat_quiz(*, actor: User | None, project: Project, user: User, reason: str) -> Clearance:
    """Send somebody through the quiz again, with gold new to them; what they answer to it weighs nothing.

    Who is paused stays so: a rule leaves it at that, a person is told.
    """
    row = _locked(project, user)
    if row.state == ClearanceState.PAUSED and actor is not None:
        raise Conflict("This person is paused: let them work again first.", field="user")
    if row.state != ClearanceState.CLEARED:
        return row
    row.quiz_since, row.passed_at = timezone.now(), None
    return _set(actor, row, ClearanceState.QUIZ, reason, "repeat_quiz")


def _locked(project: Project, user: User) -> Clearance:
    """The person's row, made where there is none, held until the transaction ends."""
    if not Member.objects.filter(project=project, user=user).exists():
        raise NotFound("not a member of this project", field="user")
    since = {"state": ClearanceState.CLEARED, "since": Member.objects.get(project=project, user=user).joined_at}
    Clearance.objects.get_or_create(project=project, user=user, defaults=since)
    return Clearance.objects.select_for_update(of=("self",), no_key=True).get(project=project, user=user)


def _set(actor: User | None, row: Clearance, state: ClearanceState, reason: str, verb: str) -> Clearance:
    row.state, row.reason, row.since = state, reason, timezone.now()
    row.save(update_fields=["state", "reason", "since", "quiz_since", "passed_at"])
    audit.record(actor=actor, verb=verb, row=row, project_id=row.project_id, user=row.user_id, reason=reason)
    return row
