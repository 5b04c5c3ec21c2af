"""The owner hands items out again: whatever their verdict, one more answer is wanted."""

from collections.abc import Sequence

from django.contrib.auth.models import User
from django.db import transaction

from labeling.assignments.actions import want_again
from labeling.audit import actions as audit
from labeling.consensus.actions.weigh import weigh
from labeling.errors import BadInput
from labeling.items.models import Item, ItemState
from labeling.projects.models import Project

CHUNK = 200  # items a transaction: an answer to one of them waits no longer than that
MOST = 20_000


def requeue(*, actor: User | None, project: Project, item_ids: Sequence[int]) -> int:
    """Ask for one more answer to each of these items, also of people who passed over it; returns how many.

    Those set aside, erased or of another project stay out. Nothing is deleted: the earlier answers go on weighing.
    """
    if not item_ids:
        raise BadInput("There are no such items.", field="items")
    if len(item_ids) > MOST:
        raise BadInput(
            f"These are {len(item_ids):,} items, and at most {MOST:,} are asked again at once: name a part of them.",
            field="items",
        )
    ready = Item.objects.filter(project=project, pk__in=item_ids, state=ItemState.READY, admitted_at__isnull=False)
    ids = list(ready.order_by("pk").values_list("pk", flat=True))
    if not ids:
        raise BadInput("none of these items can be handed out", field="items")
    with transaction.atomic():
        audit.record(actor=actor, verb="requeue", row=project, project_id=project.pk, items=len(ids), first=ids[0])
    for start in range(0, len(ids), CHUNK):
        _ask(project, ids[start : start + CHUNK])
    return len(ids)


@transaction.atomic
def _ask(project: Project, item_ids: Sequence[int]) -> None:
    want_again(item_ids=item_ids)
    weigh(project=project, item_ids=item_ids)
