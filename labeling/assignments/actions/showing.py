"""How people are shown suggestions."""

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from labeling.assignments.models import Manner, Viewing
from labeling.audit import actions as audit
from labeling.errors import BadInput, NotFound
from labeling.projects.models import Member, Project

GLANCE_MS = 1_500  # as long as a quick answer takes: time to have an opinion of one's own
LONGEST_GLANCE = 60_000


@transaction.atomic
def set_showing(
    *, actor: User | None, project: Project, user: User, manner: str, glance_ms: int | None = None, reason: str = ""
) -> Viewing:
    """Show this person suggestions in this manner from the next claim on; a second time changes nothing."""
    if manner not in Manner.values:
        raise BadInput(f"One of: {', '.join(Manner.values)}.", field="manner")
    if glance_ms is not None and not 1 <= glance_ms <= LONGEST_GLANCE:
        raise BadInput(f"From 1 to {LONGEST_GLANCE} milliseconds.", field="glance_ms")
    if not Member.objects.filter(project=project, user=user).exists():
        raise NotFound("not a member of this project", field="user")
    Viewing.objects.get_or_create(project=project, user=user, defaults={"since": timezone.now()})
    row = Viewing.objects.select_for_update(of=("self",), no_key=True).get(project=project, user=user)
    wait = (glance_ms or GLANCE_MS) if manner == Manner.GLANCE else None
    if (row.manner, row.glance_ms) == (manner, wait):
        return row
    row.manner, row.glance_ms, row.reason, row.since = manner, wait, reason[:300], timezone.now()
    row.save()
    audit.record(
        actor=actor, verb="set_showing", row=row, project_id=project.pk, user=user.pk, manner=manner, reason=row.reason
    )
    return row
