"""An annotator found bad: their answers stay where they are and weigh nothing from now on."""

from collections.abc import Callable

from django.contrib.auth.models import User

from labeling.annotations.models import Annotation
from labeling.consensus.actions.weigh import weigh
from labeling.consensus.evidence import yardstick
from labeling.projects import actions as projects
from labeling.projects.models import Member, Project

CHUNK = 200  # items weighed a transaction: an answer to one of them waits no longer than that


def discount(*, actor: User | None, project: Project, user: User) -> Member:
    """Let this person's answers weigh nothing, and weigh each item anew that they answered.

    Affected labels are asked again. Killed half-way, it is finished by calling it again or by the next full pass.
    """
    return _change(projects.discount_member, actor, project, user)


def restore(*, actor: User | None, project: Project, user: User) -> Member:
    """Let this person's answers weigh again, and weigh each item anew that they answered; killed half-way likewise."""
    return _change(projects.restore_member, actor, project, user)


def _change(act: Callable[..., Member], actor: User | None, project: Project, user: User) -> Member:
    member = act(actor=actor, project=project, user=user)
    weigh_all_of(project=project, user=user)
    return member


def weigh_all_of(*, project: Project, user: User) -> int:
    """Weigh anew every item that this person answered, some at a time; returns how many."""
    items = Annotation.objects.standing().filter(project=project, user=user).order_by("item_id")
    item_ids = list(items.values_list("item_id", flat=True).distinct())
    stick = yardstick(project)
    for start in range(0, len(item_ids), CHUNK):
        weigh(project=project, item_ids=item_ids[start : start + CHUNK], stick=stick)
    return len(item_ids)
