"""Who may see which project, and what its classes are."""

from functools import cache

from django.contrib.auth.models import AnonymousUser, User
from django.db import DEFAULT_DB_ALIAS
from django.db.models import PROTECT, Case, Count, F, IntegerField, QuerySet, When
from django.db.models.fields.related import ForeignObjectRel
from django.utils import timezone

from labeling.errors import NotAllowed, NotFound
from labeling.projects.models import Invitation, Label, LabelRole, Member, Project, Role
from labeling.projects.secret import hashed
from labeling.statements import partly, rows

# What a role may do besides its own part.
INCLUDES: dict[str, set[str]] = {
    Role.OWNER: set(Role.values),
    Role.EXPERT: {Role.EXPERT, Role.ANNOTATOR},
    Role.ANNOTATOR: {Role.ANNOTATOR},
}


def project_for(user: User | AnonymousUser, slug: str, *roles: str) -> Project:
    """The project, for a member with one of the roles (none named: any member); outsiders learn nothing of it."""
    return membership(user, slug, *roles).project


def membership(user: User | AnonymousUser, slug: str, *roles: str) -> Member:
    """The same, as what this person is in it."""
    member = (
        Member.objects.select_related("project")
        .filter(project__slug=slug, project__archived_at=None, user_id=user.pk or 0, removed_at=None)
        .first()
    )
    if member is None:
        raise NotFound("no such project", field="project")
    if roles and not INCLUDES[member.role].intersection(roles):
        raise NotAllowed(f"only for {' or '.join(f'{role}s' for role in roles)}", field="project")
    return member


ENTER = """
SELECT u.id, u.username, {columns} FROM authtoken_token t
JOIN auth_user u ON u.id = t.user_id AND u.is_active
JOIN labeling_member m ON m.user_id = u.id AND m.removed_at IS NULL
JOIN labeling_project p ON p.id = m.project_id AND p.archived_at IS NULL
WHERE t.key = %(token)s AND p.slug = %(slug)s
"""


def by_token(token: str, slug: str) -> tuple[User, Project] | None:
    """Who sent this token and the project, where they are a member of it: one statement, for what is asked often."""
    query, fields = _entering()
    found = rows(query, {"token": token, "slug": slug})
    if not found:
        return None
    [(user_id, username, *values)] = found
    user = partly(User, id=user_id, username=username, is_active=True)
    return user, Project.from_db(DEFAULT_DB_ALIAS, fields, values)


@cache
def _entering() -> tuple[str, list[str]]:
    """ENTER with all columns of a project, and their names."""
    fields = [field.attname for field in Project._meta.concrete_fields]
    return ENTER.format(columns=", ".join(f'p."{name}"' for name in fields)), fields


def projects_of(user: User | AnonymousUser) -> QuerySet[Member]:
    """What this person is in each project that they may see, newest project first."""
    members = Member.objects.select_related("project").filter(user_id=user.pk or 0, removed_at=None)
    return members.filter(project__archived_at=None).order_by("-project__created_at")


def put_away(user: User | AnonymousUser) -> QuerySet[Member]:
    """The projects that this person owns and that are out of everybody's sight, the last one first."""
    members = Member.objects.select_related("project").filter(user_id=user.pk or 0, removed_at=None, role=Role.OWNER)
    return members.filter(project__archived_at__isnull=False).order_by("-project__archived_at")


def ever_in(user: User) -> QuerySet[Member]:
    """Every project that this person is or was in, present ones first: what they uploaded there is still theirs."""
    return Member.objects.select_related("project").filter(user=user).order_by(F("removed_at").desc(nulls_first=True))


def ever_member(user: User, slug: str) -> Member:
    """What this person is or was in a project."""
    member = ever_in(user).filter(project__slug=slug).first()
    if member is None:
        raise NotFound("no such project", field="project")
    return member


def active_labels(project: Project) -> list[Label]:
    """Every answer that may be given now, in the owner's order."""
    return list(Label.objects.filter(project=project, retired_at=None))


def true_label_ids(project: Project) -> list[int]:
    """The labels that may be true of an item, by id: the order of posteriors and of classifier probabilities."""
    labels = Label.objects.filter(project=project, retired_at=None).exclude(role=LabelRole.UNSURE)
    return list(labels.order_by("id").values_list("id", flat=True))


def uses(label: Label) -> dict[str, int]:
    """How many rows point at a label and so keep it from being deleted, by what they are called.

    Asked of the tables' own PROTECT rules, as Django's delete() does: projects need not know who uses its labels.
    """
    counts: dict[str, int] = {}
    for relation in Label._meta.get_fields(include_hidden=True):
        if isinstance(relation, ForeignObjectRel) and relation.on_delete is PROTECT:
            rows = relation.related_model._base_manager.filter(**{relation.field.name: label})
            name = str(relation.related_model._meta.verbose_name)
            counts[name] = counts.get(name, 0) + rows.count()
    return {name: count for name, count in counts.items() if count}


def members(project: Project) -> QuerySet[Member]:
    """Who belongs to the project now, owners first."""
    rank = {Role.OWNER: 0, Role.EXPERT: 1, Role.ANNOTATOR: 2}
    whens = [When(role=role, then=place) for role, place in rank.items()]
    rows = Member.objects.select_related("user").filter(project=project, removed_at=None)
    return rows.order_by(Case(*whens, output_field=IntegerField()), "user__username")


def removed_members(project: Project) -> QuerySet[Member]:
    """Who was shut out and can be brought back, latest first."""
    rows = Member.objects.select_related("user").filter(project=project, removed_at__isnull=False)
    return rows.order_by("-removed_at")


def invitations(project: Project) -> QuerySet[Invitation]:
    """The links that can still be used, with how many joined by each (`joined`), newest first."""
    rows = Invitation.objects.filter(project=project, revoked_at=None, expires_at__gt=timezone.now())
    return rows.annotate(joined=Count("members")).filter(joined__lt=F("max_uses")).order_by("-created_at")


def invitation(project: Project, pk: int) -> Invitation:
    """One of the project's links."""
    row = Invitation.objects.filter(project=project, pk=pk).first()
    if row is None:
        raise NotFound("no such invitation", field="invitation")
    return row


def former_or_present(project: Project, user_id: int) -> Member:
    """Somebody who is or was a member."""
    member = Member.objects.select_related("user").filter(project=project, user_id=user_id).first()
    if member is None:
        raise NotFound("not a member of this project", field="user")
    return member


def invitation_by(secret: str) -> Invitation:
    """The invitation of a link, whether it can still be used or not."""
    rows = Invitation.objects.select_related("project", "created_by")
    invitation = rows.filter(secret_sha256=hashed(secret), project__archived_at=None).first()
    if invitation is None:
        raise NotFound("this link leads nowhere: ask for a new one", field="secret")
    return invitation


def role_in(user: User | AnonymousUser, project: Project) -> str:
    """What this person is in the project now; empty for outsiders."""
    roles = Member.objects.filter(project=project, user_id=user.pk or 0, removed_at=None)
    return roles.values_list("role", flat=True).first() or ""


def closed(invitation: Invitation) -> bool:
    """Whether a link can no longer be used by somebody new."""
    over = invitation.revoked_at is not None or invitation.expires_at <= timezone.now()
    return over or invitation.members.count() >= invitation.max_uses
