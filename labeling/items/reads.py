"""Questions about items and uploads."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.core.files.storage import default_storage
from django.db.models import Count, QuerySet

from labeling.counts import WATCHED, kept
from labeling.errors import NotFound
from labeling.figures.reads import page_figure
from labeling.items import pieces
from labeling.items.models import Item, ItemState, Outcome, Upload, UploadedFile, UploadState
from labeling.items.storage import ARCHIVE, incoming_key
from labeling.projects.models import Project

RARE = 1_000  # items: names that more have are met soon enough by reading


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an upload is; `total` is None while files still arrive."""

    id: int
    name: str
    state: str
    reason: str
    total: int | None
    ignored: int
    added: int
    duplicate: int
    refused: int
    can_resume: bool
    size: int | None
    received: int

    @property
    def done(self) -> int:
        """Files that have an outcome."""
        return self.added + self.duplicate + self.refused

    @property
    def is_over(self) -> bool:
        """Whether nothing more will happen by itself."""
        return self.state in (UploadState.DONE, UploadState.FAILED)


def counts_of(upload: Upload) -> dict[str, int]:
    """Files by outcome."""
    found = dict(upload.files.values_list("outcome").annotate(Count("id")))
    return {outcome: found.get(outcome, 0) for outcome in Outcome.values}


def is_stored(upload: Upload) -> bool:
    """Whether the source is a storage key rather than a path of this machine."""
    return upload.source in (incoming_key(upload.pk, ARCHIVE), incoming_key(upload.pk, pieces.NAME))


def stored_keys(upload: Upload) -> list[str]:
    """What lies in storage of an upload's zip: itself, or its pieces."""
    return [upload.source] if upload.size is None else pieces.keys(upload.pk, upload.size)


def can_resume(upload: Upload) -> bool:
    """Whether an upload that stopped can go on from where it was."""
    if upload.state != UploadState.FAILED or not upload.source:
        return False
    return default_storage.exists(stored_keys(upload)[-1]) if is_stored(upload) else Path(upload.source).exists()


def progress(upload: Upload) -> Progress:
    """The upload as its page shows it."""
    return Progress(
        id=upload.pk, name=upload.name, state=upload.state, reason=upload.reason, total=upload.total,
        ignored=upload.ignored, can_resume=can_resume(upload), size=upload.size, received=upload.received,
        **seen_files(upload),
    )  # fmt: skip


def uploads(project: Project) -> QuerySet[Upload]:
    """The project's uploads, newest first."""
    return Upload.objects.filter(project=project).order_by("-id")


def upload_for(project: Project, upload_id: int) -> Upload:
    """One upload of this project."""
    upload = Upload.objects.filter(project=project, pk=upload_id).select_related("project", "actor").first()
    if upload is None:
        raise NotFound("no such upload", field="upload")
    return upload


def files_of(upload: Upload, outcome: str = "") -> QuerySet[UploadedFile]:
    """What became of an upload's files, in order of arrival."""
    files = upload.files.order_by("upload", "id")
    return files.filter(outcome=outcome) if outcome else files


def item_for(project: Project, item_id: int) -> Item:
    """One item of this project with its file."""
    item = Item.objects.filter(project=project, pk=item_id).select_related("blob").first()
    if item is None:
        raise NotFound("no such item", field="item")
    return item


def items(project: Project, *, state: str = "", name: str = "", heldout: bool | None = None) -> QuerySet[Item]:
    """The project's items, newest first; by the project too, so that an index of both gives the order."""
    found = Item.objects.filter(project=project).select_related("blob").order_by("-project", "-id")
    found = found.filter(state=state) if state else found.exclude(state=ItemState.ERASED)
    if name:
        found = _named(found.filter(name__icontains=name))
    return found if heldout is None else found.filter(heldout=heldout)


def _named(found: QuerySet[Item]) -> QuerySet[Item]:
    """The same rows; where few have such a name they are looked up first, which an index of trigrams does at once.

    Left to choose, PostgreSQL reads a million items in their order to find the one that is called so.
    """
    few = list(found.order_by().values_list("pk", flat=True)[: RARE + 1])
    return found.filter(pk__in=few) if len(few) <= RARE else found


def states(project: Project) -> dict[str, int]:
    """Items by state, zeros too."""
    found = STATES.of(project)
    return {state: found.get(state, 0) for state in ItemState.values}


def _states(project: Project) -> dict[str, int]:
    return dict(Item.objects.filter(project=project).values_list("state").annotate(Count("id")))


STATES = page_figure("items.states", _states)


def seen_files(upload: Upload) -> dict[str, int]:
    """Files by outcome, for somebody who watches."""
    return kept(f"files:{upload.pk}", lambda: counts_of(upload), WATCHED)


@dataclass(frozen=True)
class Stretch:
    """Some rows of a long list that is ordered by id, and the ids beyond which the neighbouring ones lie."""

    rows: list[Any]
    before: int | None  # None where nothing comes before
    after: int | None


def falling(rows: QuerySet[Any]) -> bool:
    """Whether a list that is ordered by id begins with the newest row."""
    return str(rows.query.order_by[-1]).startswith("-") == rows.query.standard_ordering


def stretch(rows: QuerySet[Any], size: int, *, after: int | None = None, before: int | None = None) -> Stretch:
    """The rows next to one; as quick in the middle of a million as at their beginning."""
    back, mark = before is not None, after if before is None else before
    if back:
        rows = rows.reverse()
    if mark is not None:
        rows = rows.filter(**{"pk__lt" if falling(rows) else "pk__gt": mark})
    found = list(rows[: size + 1])
    more, found = len(found) > size, found[:size][:: -1 if back else 1]
    if not found:
        return Stretch([], None, None)
    earlier, later = (more, True) if back else (mark is not None, more)
    return Stretch(found, found[0].pk if earlier else None, found[-1].pk if later else None)
