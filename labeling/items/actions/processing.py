"""The worker's part of an upload: read, examine and store in threads, record in batches, go on after a crash."""

import itertools
import os
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager
from datetime import timedelta
from pathlib import Path

from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from labeling.audit import actions as audit
from labeling.errors import BadInput, LabelingError, Unavailable
from labeling.items import storage
from labeling.items.actions.adding import take
from labeling.items.actions.recording import Candidate, discard, record_batch
from labeling.items.models import Upload, UploadState
from labeling.items.names import row_path
from labeling.items.reads import counts_of, is_stored, stored_keys
from labeling.items.sources import Entry, Source, Unread, open_path, open_pieces, open_stored

BATCH_FILES = 500
BATCH_BYTES = 64 * 2**20
HEARTBEAT = 5.0  # seconds between signs of life
STALE = timedelta(seconds=60)  # without one for so long, the worker is taken for dead
GRACE = timedelta(seconds=1)  # for whoever queued it to begin
MOST_DEATHS = 2  # workers that die at one file before it is refused
DEADLY = "Each worker that began to read this file died of it."

Tell = Callable[[int, int], None]


class Taken(Exception):
    """Somebody else has this upload, or it was stopped: leave it alone."""


def process_upload(*, upload_id: int, tell: Tell = lambda done, total: None) -> Upload | None:
    """Bring in every file of a queued upload that has no outcome yet; None when another worker has it."""
    if not _claim(upload_id):
        return None
    upload = Upload.objects.select_related("project", "actor").get(pk=upload_id)
    try:
        with _open(upload) as source:
            _run(upload, source, tell)
    except Taken:
        return None
    except (BadInput, Unavailable) as error:
        return _finish(upload, UploadState.FAILED, error)
    return _finish(upload, UploadState.DONE)


def ripe_uploads() -> list[int]:
    """Uploads whose worker went silent, and queued ones that nobody took: their ids, ripe for `process_upload`."""
    now = timezone.now()
    silent = Q(state=UploadState.RUNNING, heartbeat_at__lt=now - STALE)
    waiting = Q(state=UploadState.QUEUED, heartbeat_at__lt=now - GRACE)
    return list(Upload.objects.filter(silent | waiting).order_by("id").values_list("id", flat=True))


def _claim(upload_id: int) -> bool:
    now = timezone.now()
    ours = Upload.objects.filter(pk=upload_id)
    if ours.filter(state=UploadState.QUEUED).update(state=UploadState.RUNNING, heartbeat_at=now):
        return True
    orphaned = ours.filter(state=UploadState.RUNNING, heartbeat_at__lt=now - STALE)
    return bool(orphaned.update(heartbeat_at=now, deaths=F("deaths") + 1))


def _open(upload: Upload) -> AbstractContextManager[Source]:
    if not is_stored(upload):
        return open_path(Path(upload.source))
    return open_stored(upload.source) if upload.size is None else open_pieces(upload.pk, upload.size)


def _run(upload: Upload, source: Source, tell: Tell) -> None:
    """Read on in this thread, examine in others, record one batch while the next is being examined."""
    done = set(upload.files.values_list("path", flat=True))
    Upload.objects.filter(pk=upload.pk).update(total=len(source), ignored=source.ignored)
    waiting = [entry for entry in source if row_path(entry.path) not in done]
    pulse, finished = Pulse(upload), len(source) - len(waiting)
    if upload.deaths:
        finished += _carefully(upload, waiting, pulse)
    before: list[Future[Candidate]] = []
    futures: list[Future[Candidate]] = []
    try:
        with ThreadPoolExecutor(max(os.cpu_count() or 1, 2)) as pool:
            for batch in itertools.chain(_batches(waiting), [[]]):
                futures = []
                for entry in batch:
                    futures.append(_submit(pool, entry, upload.project.medium, pulse))
                finished += _record(upload, before, pulse)
                tell(finished, len(source))
                before = futures
    except Taken:
        _drop([*before, *futures])
        raise


def _carefully(upload: Upload, waiting: list[Entry], pulse: "Pulse") -> int:
    """After a worker's death read one by one where it died, each named first; takes what it dealt with from the list.

    A worker reads at most two batches beyond what is recorded: the file to blame is among these.
    """
    suspects, rows = waiting[: 2 * BATCH_FILES], Upload.objects.filter(pk=upload.pk)
    for entry in suspects:
        if upload.deaths > MOST_DEATHS and upload.reading == row_path(entry.path):
            dealt: Future[Candidate] = Future()
            dealt.set_result(Candidate(entry.path, reason=DEADLY, row=entry.row))
        else:
            rows.update(reading=row_path(entry.path))
            with ThreadPoolExecutor(1) as alone:
                dealt = _submit(alone, entry, upload.project.medium, pulse)
        try:
            _record(upload, [dealt], pulse)
        except Taken:
            _drop([dealt])
            raise
    rows.update(reading="", deaths=0)
    del waiting[: len(suspects)]
    return len(suspects)


def _drop(futures: Sequence[Future[Candidate]]) -> None:
    """Leave no bytes behind of an upload that was stopped."""
    ended = [future.result() for future in futures if not future.exception()]
    discard([candidate.examined for candidate in ended if candidate.examined is not None])


def _batches(entries: Sequence[Entry]) -> Iterator[list[Entry]]:
    """Runs of entries of bounded number and size."""
    batch: list[Entry] = []
    size = 0
    for entry in entries:
        if batch and (len(batch) >= BATCH_FILES or size + entry.size > BATCH_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(entry)
        size += entry.size
    if batch:
        yield batch


def _submit(pool: ThreadPoolExecutor, entry: Entry, medium: str, pulse: "Pulse") -> Future[Candidate]:
    """Zips are read by one thread only: their reader counts its users without a lock."""
    pulse.beat()
    try:
        data = entry.read()
    except Unread as error:
        refused: Future[Candidate] = Future()
        refused.set_result(Candidate(entry.path, reason=error.reason, row=entry.row))
        return refused
    return pool.submit(take, entry.path, data, medium, entry.row)


def _record(upload: Upload, futures: Sequence[Future[Candidate]], pulse: "Pulse") -> int:
    """Record what was examined; a full disk keeps what came before it."""
    candidates: list[Candidate] = []
    full: Unavailable | None = None
    for future in futures:
        try:
            candidates.append(future.result())
        except Unavailable as error:
            full = error
        pulse.beat()
    if candidates:
        pulse.beat(always=True)  # nothing is recorded for an upload that was stopped
        record_batch(actor=upload.actor, project=upload.project, upload=upload, batch=candidates)
    if full is not None:
        raise full
    return len(candidates)


class Pulse:
    """Signs of life, at most one in HEARTBEAT seconds; raises Taken once the upload is no longer ours to run."""

    def __init__(self, upload: Upload) -> None:
        self.upload, self.last = upload, time.monotonic()

    def beat(self, *, always: bool = False) -> None:
        """Say that the work goes on."""
        if not always and time.monotonic() - self.last < HEARTBEAT:
            return
        self.last = time.monotonic()
        ours = Upload.objects.filter(pk=self.upload.pk, state=UploadState.RUNNING)
        if not ours.update(heartbeat_at=timezone.now()):
            raise Taken


def _finish(upload: Upload, state: UploadState, error: LabelingError | None = None) -> Upload:
    """Close the upload; the zip goes when all of it is in or can never be."""
    retry = isinstance(error, Unavailable)
    with transaction.atomic():
        locked = Upload.objects.select_for_update(no_key=True).get(pk=upload.pk)
        if locked.state != UploadState.RUNNING:
            return locked
        locked.state, locked.reason = state, error.reason[:300] if error else ""
        locked.finished_at = timezone.now()
        locked.save(update_fields=["state", "reason", "finished_at"])
        counts = counts_of(locked)
        audit.record(actor=locked.actor, verb=state.value, row=locked, project_id=locked.project_id, **counts)
    if not retry and is_stored(locked):
        storage.remove(*stored_keys(locked))
    return locked
