"""Links by which people join a project."""

from datetime import datetime, timedelta

from django.contrib.auth.models import User
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from labeling.audit import actions as audit
from labeling.errors import BadInput, Conflict, NotAllowed, NotFound
from labeling.projects.models import Invitation, Member, Project, Role
from labeling.projects.secret import hashed, new_secret

LONGEST_DAYS = 365
MOST_USES = 10_000


@transaction.atomic
def invite(
    *, actor: User, project: Project, role: str, days: int = 14, max_uses: int = 1
) -> tuple[Invitation, str]:
    """An invitation and its secret, which is told this once."""
    if role not in Role.values:
        raise BadInput("owner, expert or annotator", field="role")
    if not 1 <= days <= LONGEST_DAYS:
        raise BadInput(f"1 to {LONGEST_DAYS} days", field="days")
    if not 1 <= max_uses <= MOST_USES:
        raise BadInput(f"1 to {MOST_USES:,} people", field="max_uses")
    secret = new_secret()
    expires = timezone.now() + timedelta(days=days)
    invitation = Invitation.objects.create(
        project=project, role=role, secret_sha256=hashed(secret), created_by=actor, expires_at=expires,
        max_uses=max_uses,
    )  # fmt: skip
    audit.record(actor=actor, verb="invite", row=invitation, project_id=project.pk, role=role, max_uses=max_uses)
    return invitation, secret


@transaction.atomic
def revoke_invitation(*, actor: User | None, invitation: Invitation) -> Invitation:
    """Make a link useless; who joined by it stays."""
    row = Invitation.objects.select_for_update(no_key=True).get(pk=invitation.pk)
    if row.revoked_at is None:
        row.revoked_at = timezone.now()
        row.save(update_fields=["revoked_at"])
        audit.record(actor=actor, verb="revoke", row=row, project_id=row.project_id)
    return row


@transaction.atomic
def accept_invitation(*, actor: User, secret: str, consent: bool) -> Member:
    """Join by a link, keeping the consent text as it was agreed to; a member of now is left as they are."""
    invitation = _open_invitation(secret)
    project = invitation.project
    member = Member.objects.filter(project=project, user=actor).first()
    if member is not None and member.removed_at is None:
        return member
    _check_use(invitation, member)
    if project.consent_text and not consent:
        raise BadInput("please agree to take part", field="consent")
    member = member or Member(project=project, user=actor)
    _join(member, invitation, timezone.now())
    audit.record(actor=actor, verb="join", row=member, project_id=project.pk, invitation=invitation.pk)
    return member


@transaction.atomic
def join_as_new_person(*, actor: None = None, secret: str, username: str, password: str, consent: bool) -> Member:
    """Sign up by an invitation and join, both or neither."""
    user = User(username=username.strip())
    try:
        user.clean_fields(exclude=["password"])
        validate_password(password, user)
    except ValidationError as error:
        field = "username" if hasattr(error, "error_dict") else "password"
        raise BadInput(" ".join(error.messages), field=field) from error
    user.set_password(password)
    try:
        with transaction.atomic():
            user.save()
    except IntegrityError as taken:
        raise Conflict("somebody has this name already", field="username") from taken
    return accept_invitation(actor=user, secret=secret, consent=consent)


def _open_invitation(secret: str) -> Invitation:
    """The invitation, locked so that its uses are counted one after another."""
    rows = Invitation.objects.select_for_update(of=("self",), no_key=True).select_related("project")
    invitation = rows.filter(secret_sha256=hashed(secret), project__archived_at=None).first()
    if invitation is None:
        raise NotFound("this link leads nowhere: ask for a new one", field="secret")
    return invitation


def _check_use(invitation: Invitation, member: Member | None) -> None:
    if invitation.revoked_at or invitation.expires_at <= timezone.now():
        raise NotAllowed("this link is no longer valid: ask for a new one", field="secret")
    if invitation.members.count() >= invitation.max_uses:
        raise NotAllowed("this link was used up: ask for a new one", field="secret")
    if member is not None and member.removed_at and invitation.created_at < member.removed_at:
        raise NotAllowed("you were removed from this project: ask its owner for a new link", field="secret")


def _join(member: Member, invitation: Invitation, now: datetime) -> None:
    member.role, member.invitation, member.removed_at = invitation.role, invitation, None
    if invitation.project.consent_text:
        member.consented_at, member.consented_to = now, invitation.project.consent_text
    member.save()
