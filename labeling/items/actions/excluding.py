"""Items set aside by the owner, and taken back."""

from collections.abc import Sequence

from django.contrib.auth.models import User
from django.db import transaction

from labeling.audit import actions as audit
from labeling.errors import BadInput
from labeling.items.models import Item, ItemState


def exclude(*, actor: User | None, items: Sequence[Item], reason: str) -> list[Item]:
    """Take items out of labeling, with the reason; those already out or erased stay as they are."""
    if not reason.strip():
        raise BadInput("say why", field="reason")
    states = (ItemState.NEW, ItemState.READY, ItemState.FAULTY)
    return _move(actor, items, states, ItemState.EXCLUDED, reason.strip()[:200])


def include(*, actor: User | None, items: Sequence[Item]) -> list[Item]:
    """Take excluded items back; they wait for their thumbnails first where there are none."""
    return _move(actor, items, (ItemState.EXCLUDED,), ItemState.NEW, "")


def _move(
    actor: User | None, items: Sequence[Item], states: Sequence[str], state: ItemState, fault: str
) -> list[Item]:
    with transaction.atomic():
        rows = Item.objects.select_for_update(no_key=True).filter(pk__in=[item.pk for item in items], state__in=states)
        moved = list(rows.order_by("pk"))
        for item in moved:
            item.state, item.fault = state, fault
            audit.record(actor=actor, verb=f"set-{state.value}", row=item, project_id=item.project_id, reason=fault)
        Item.objects.bulk_update(moved, ["state", "fault"])
        if state == ItemState.NEW:
            Item.objects.filter(
                pk__in=[item.pk for item in moved], state=ItemState.NEW, blob__derived_at__isnull=False
            ).update(state=ItemState.READY)
    return moved
