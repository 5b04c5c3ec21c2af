"""Files kept by their content without being anybody's item yet, and items made of them later."""

from collections.abc import Sequence
from dataclasses import asdict

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from labeling.audit import actions as audit
from labeling.errors import BadInput
from labeling.items.actions.recording import ERASED, sides_of, store
from labeling.items.examine import Refused, examine
from labeling.items.models import Blob, Item, ItemState
from labeling.items.names import item_name
from labeling.projects.models import Project


def keep_file(*, name: str, data: bytes, medium: str) -> Blob:
    """Check, decode and store one file by the rules that hold for items; BadInput says what is wrong with it."""
    try:
        examined = examine(name=name, data=data, medium=medium)
    except Refused as refusal:
        raise BadInput(refusal.reason, field="file") from refusal
    with transaction.atomic():
        fresh = Blob(**asdict(examined.facts), derived_at=timezone.now())
        Blob.objects.bulk_create([fresh], ignore_conflicts=True)
        blob = Blob.objects.select_for_update(no_key=True).get(pk=fresh.pk)
        if blob.erased_at is not None:
            raise BadInput(ERASED, field="file")
        store(examined)  # while the row is held: nobody takes the bytes away meanwhile
    return blob


@transaction.atomic
def adopt(*, actor: User | None, project: Project, files: Sequence[tuple[Blob, str, User | None]]) -> list[Item]:
    """Items of files that are stored already, each with its name and who brought it; one that is an item stays."""
    wanted = {blob.pk: (blob, name, by) for blob, name, by in files}
    known = set(Item.objects.filter(project=project, blob__in=wanted).values_list("blob", flat=True))
    fresh = [wanted[pk] for pk in sorted(wanted.keys() - known)]
    place = sides_of(project, {blob.fingerprint for blob, _, _ in fresh})
    rows = []
    for blob, name, by in fresh:
        heldout, fold = place[blob.fingerprint]
        state = ItemState.NEW if blob.derived_at is None else ItemState.READY
        rows.append(Item(
            project=project, blob=blob, name=item_name(name), group=blob.fingerprint, heldout=heldout, fold=fold,
            state=state, uploaded_by=by, metadata={},
        ))  # fmt: skip
    Item.objects.bulk_create(rows, ignore_conflicts=True)
    audit.record(actor=actor, verb="adopt", row=project, project_id=project.pk, items=len(rows))
    return list(Item.objects.filter(project=project, blob__in=wanted))
