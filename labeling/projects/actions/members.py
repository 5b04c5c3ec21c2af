"""Who belongs to a project, and as what."""

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from labeling.audit import actions as audit
from labeling.errors import BadInput, Conflict, NotFound
from labeling.projects.models import Member, Project, Role


@transaction.atomic
def add_member(*, actor: User | None, project: Project, user: User, role: str) -> Member:
    """Make somebody a member, or bring a removed one back; a member of now keeps the role they have."""
    _check_role(role)
    lock(project)
    member, added = Member.objects.get_or_create(project=project, user=user, defaults={"role": role})
    if not added and member.removed_at is None:
        return member
    member.role, member.removed_at = role, None
    member.save(update_fields=["role", "removed_at"])
    audit.record(actor=actor, verb="add", row=member, project_id=project.pk, user=user.pk, role=role)
    return member


@transaction.atomic
def change_role(*, actor: User | None, project: Project, user: User, role: str) -> Member:
    """Give a member another role; the last owner keeps theirs."""
    _check_role(role)
    lock(project)
    member = _member(project, user)
    if member.role == role:
        return member
    _check_owner_left(member)
    member.role = role
    member.save(update_fields=["role"])
    audit.record(actor=actor, verb="change_role", row=member, project_id=project.pk, user=user.pk, role=role)
    return member


@transaction.atomic
def remove_member(*, actor: User | None, project: Project, user: User) -> Member:
    """Shut somebody out from now on; their answers stay, and what they hold is given back when it expires."""
    lock(project)
    member = _member(project, user)
    _check_owner_left(member)
    member.removed_at = timezone.now()
    member.save(update_fields=["removed_at"])
    audit.record(actor=actor, verb="remove", row=member, project_id=project.pk, user=user.pk)
    return member


@transaction.atomic
def discount_member(*, actor: User | None, project: Project, user: User) -> Member:
    """Let nothing that somebody said or will say weigh; only consensus.actions calls this, which weighs anew."""
    lock(project)
    member = _ever_member(project, user)
    if member.discounted_at is None:
        member.discounted_at = member.weight_changed_at = timezone.now()
        member.save(update_fields=["discounted_at", "weight_changed_at"])
        audit.record(actor=actor, verb="discount", row=member, project_id=project.pk, user=user.pk)
    return member


@transaction.atomic
def restore_member(*, actor: User | None, project: Project, user: User) -> Member:
    """Let somebody's answers weigh again; only consensus.actions calls this, which weighs anew."""
    lock(project)
    member = _ever_member(project, user)
    if member.discounted_at is not None:
        member.discounted_at, member.weight_changed_at = None, timezone.now()
        member.save(update_fields=["discounted_at", "weight_changed_at"])
        audit.record(actor=actor, verb="restore", row=member, project_id=project.pk, user=user.pk)
    return member


def lock(project: Project) -> Project:
    """The project's row, held until the transaction ends: changes of its members and classes take turns."""
    return Project.objects.select_for_update(no_key=True).get(pk=project.pk)


def _member(project: Project, user: User) -> Member:
    member = Member.objects.filter(project=project, user=user, removed_at=None).first()
    if member is None:
        raise NotFound("not a member of this project", field="user")
    return member


def _ever_member(project: Project, user: User) -> Member:
    """A bad annotator is often removed first: their answers are weighed anew all the same."""
    member = Member.objects.filter(project=project, user=user).first()
    if member is None:
        raise NotFound("not a member of this project", field="user")
    return member


def _check_owner_left(leaving: Member) -> None:
    owners = Member.objects.filter(project=leaving.project, role=Role.OWNER, removed_at=None)
    if leaving.role == Role.OWNER and not owners.exclude(pk=leaving.pk).exists():
        raise Conflict("a project needs an owner: make somebody else one first", field="role")


def _check_role(role: str) -> None:
    if role not in Role.values:
        raise BadInput("owner, expert or annotator", field="role")
