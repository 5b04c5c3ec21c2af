"""Rows for a batch of examined files, in one transaction."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from labeling.items import storage
from labeling.items.examine import Examined
from labeling.items.manifest import NOTHING_SAID, ManifestRow
from labeling.items.models import Blob, Item, ItemState, Outcome, SupposedLabel, Upload, UploadedFile
from labeling.items.names import item_name, plain, row_path
from labeling.items.split import side
from labeling.projects.models import Label, LabelRole, Project

ERASED = "This file was erased on request and is not taken in again."


@dataclass(frozen=True, slots=True)
class Candidate:
    """One file of a batch: what it is, or why it was refused, and what the manifest says of it."""

    path: str
    examined: Examined | None = None
    reason: str = ""
    row: ManifestRow = NOTHING_SAID


@dataclass(frozen=True, slots=True)
class FileOutcome:
    """What became of one file; `reason` also holds what was left out of a file that came in."""

    path: str
    outcome: str
    reason: str = ""
    item: Item | None = None


def record_batch(
    *, actor: User | None, project: Project, upload: Upload | None, batch: Sequence[Candidate]
) -> list[FileOutcome]:
    """Blobs, items, supposed labels and outcomes of files whose bytes are stored; one row lock a blob, in order."""
    with transaction.atomic():
        good = [(one, one.examined) for one in batch if one.examined is not None]
        blobs = _blobs([examined for _one, examined in good])
        _bring_back(blobs, [examined for _one, examined in good])
        items, fresh = _items(actor, project, good, blobs)
        notes = _supposed(project, good, items)
        outcomes = []
        for one in batch:
            outcome = _outcome(one, items, fresh, notes)
            outcomes.append(outcome)
        if upload is not None:
            _remember(upload, outcomes)
    return outcomes


def _blobs(examined: Sequence[Examined]) -> dict[str, Blob]:
    """The locked rows of these files, by hash; what was erased since is stored again while its row is held."""
    by_hash = {one.facts.sha256: one for one in sorted(examined, key=lambda one: one.facts.sha256)}
    now = timezone.now()
    Blob.objects.bulk_create(
        (
            Blob(**asdict(one.facts), derived_at=now if one.derivatives is not None else None)
            for one in by_hash.values()
        ),
        ignore_conflicts=True,
    )
    rows = Blob.objects.select_for_update(no_key=True).filter(pk__in=by_hash).order_by("pk")
    return {blob.pk: blob for blob in rows}


def _bring_back(blobs: dict[str, Blob], examined: Sequence[Examined]) -> None:
    """Store again what a stopped upload took away between storing and locking; see `discard`."""
    for one in examined:
        if blobs[one.facts.sha256].erased_at is None:
            store(one)


def discard(examined: Sequence[Examined]) -> None:
    """Remove the bytes of files that were stored and will not be recorded, unless somebody else's row names them."""
    hashes = [one.facts.sha256 for one in examined]
    with transaction.atomic():
        known = set(Blob.objects.select_for_update(no_key=True).filter(pk__in=hashes).values_list("pk", flat=True))
        for one in examined:
            if one.facts.sha256 not in known:
                kinds = one.derivatives or {}
                keys = [storage.derived_key(one.facts.sha256, kind) for kind in kinds]
                storage.remove(storage.blob_key(one.facts.sha256), *keys)


def _revive(blob: Blob, examined: Examined) -> None:
    """Bytes come back under a tombstone; erasing holds the same lock while it deletes, so they stay."""
    store(examined)
    blob.erased_at = None
    blob.fingerprint = examined.facts.fingerprint
    blob.derived_at = timezone.now() if examined.derivatives is not None else None
    blob.save(update_fields=["erased_at", "fingerprint", "derived_at"])


def store(examined: Examined) -> None:
    """Write the original and what was derived from it; raises Unavailable on a full disk."""
    storage.put(storage.blob_key(examined.facts.sha256), examined.data)
    for kind, data in (examined.derivatives or {}).items():
        storage.put(storage.derived_key(examined.facts.sha256, kind), data)


def _items(
    actor: User | None, project: Project, good: Sequence[tuple[Candidate, Examined]], blobs: dict[str, Blob]
) -> tuple[dict[str, Item], dict[str, str]]:
    """Items by hash, and for each new one the path that brought it."""
    there = {item.blob_id: item for item in Item.objects.filter(project=project, blob_id__in=list(blobs))}
    first: dict[str, tuple[Candidate, Examined]] = {}
    for one, examined in good:
        if examined.facts.sha256 not in there:
            first.setdefault(examined.facts.sha256, (one, examined))
    for sha256, (_one, examined) in first.items():
        if blobs[sha256].erased_at is not None:
            _revive(blobs[sha256], examined)
    sides = sides_of(project, {_group(one, examined) for one, examined in first.values()})
    rows = [
        _item(actor, project, blobs[sha256], one, _group(one, examined), sides)
        for sha256, (one, examined) in first.items()
    ]
    for item in Item.objects.bulk_create(rows):
        there[item.blob_id] = item
    return there, {sha256: one.path for sha256, (one, _examined) in first.items()}


def _item(
    actor: User | None, project: Project, blob: Blob, one: Candidate, group: str, sides: dict[str, tuple[bool, int]]
) -> Item:
    heldout, fold = sides[group]
    return Item(
        project=project,
        blob=blob,
        name=item_name(one.path),
        metadata=one.row.metadata,
        group=group,
        heldout=heldout,
        fold=fold,
        state=ItemState.NEW if blob.derived_at is None else ItemState.READY,
        uploaded_by=actor,
    )


def _group(one: Candidate, examined: Examined) -> str:
    return one.row.group or examined.facts.fingerprint


def sides_of(project: Project, groups: set[str]) -> dict[str, tuple[bool, int]]:
    """Each group's side; one that the project has already keeps it, whatever the share is now."""
    sides = {
        group: side(project_id=project.pk, group=group, heldout_share=project.heldout_share) for group in groups
    }
    known = Item.objects.filter(project=project, group__in=groups).order_by("-id")
    return sides | {group: (heldout, fold) for group, heldout, fold in known.values_list("group", "heldout", "fold")}


def _supposed(
    project: Project, good: Sequence[tuple[Candidate, Examined]], items: dict[str, Item]
) -> dict[str, str]:
    """Attach the manifest's labels, also to items that were there; by path, what could not be attached."""
    labelled = [(one, examined) for one, examined in good if one.row.label]
    if not labelled:
        return {}
    known = Label.objects.filter(project=project, retired_at=None).exclude(role=LabelRole.UNSURE)
    by_name = {name.casefold(): pk for pk, name in known.values_list("pk", "name")}
    notes, rows = {}, []
    for one, examined in labelled:
        label_id, item = by_name.get(one.row.label.casefold()), items[examined.facts.sha256]
        if label_id is None:
            notes[one.path] = f"Its supposed label “{one.row.label[:80]}” is no class here and was left out."
        elif item.state != ItemState.ERASED:
            rows.append(SupposedLabel(item=item, label_id=label_id, source=one.row.source))
    SupposedLabel.objects.bulk_create(rows, ignore_conflicts=True)
    return notes


def _outcome(one: Candidate, items: dict[str, Item], fresh: dict[str, str], notes: dict[str, str]) -> FileOutcome:
    if one.examined is None:
        return FileOutcome(one.path, Outcome.REFUSED, plain(one.reason)[:300] or "It could not be read.")
    sha256 = one.examined.facts.sha256
    item, note = items[sha256], notes.get(one.path, "")
    if item.state == ItemState.ERASED:
        return FileOutcome(one.path, Outcome.REFUSED, ERASED)
    if fresh.get(sha256) == one.path:
        return FileOutcome(one.path, Outcome.ADDED, note, item)
    return FileOutcome(one.path, Outcome.DUPLICATE, f"The same file is here as “{item.name[:200]}”. {note}"[:300], item)


def _remember(upload: Upload, outcomes: Sequence[FileOutcome]) -> None:
    """Outcome rows; a path that has one keeps it, so a file sent twice is told once."""
    rows = [
        UploadedFile(
            upload=upload, path=row_path(one.path), outcome=one.outcome, reason=one.reason.strip(), item=one.item
        )
        for one in outcomes
    ]
    UploadedFile.objects.bulk_create(rows, ignore_conflicts=True)


def refused(path: str, reason: str) -> Candidate:
    """A file that never came as far as being read."""
    return Candidate(path, reason=reason)


def with_row(one: Candidate, row: ManifestRow) -> Candidate:
    """The same file with what the manifest says of it."""
    return replace(one, row=row)
