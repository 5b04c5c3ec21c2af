"""A file that kills whoever reads it is found and left out; those beside it go in."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from labeling.items import actions
from labeling.items.actions import adding, deriving, processing
from labeling.items.examine import derive
from labeling.items.manifest import NOTHING_SAID
from labeling.items.models import Item, ItemState, Outcome, Upload, UploadedFile, UploadState
from labeling.projects.models import Project
from tests.items.files import clip, picture

pytestmark = pytest.mark.django_db

FILES = 7


class Death(BaseException):
    """Ends a worker on the spot: no handler of errors catches it."""


def worked(upload: Upload) -> bool:
    """One worker's attempt, after the last one was given up; False when it died."""
    Upload.objects.update(heartbeat_at=timezone.now() - timedelta(minutes=5))
    try:
        actions.process_upload(upload_id=upload.pk)
    except Death:
        return False
    return True


def test_a_deadly_file_is_refused_after_three_workers_and_all_others_are_in(
    alice: User, pictures: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(FILES):
        (tmp_path / f"{number}.png").write_bytes(picture(number))
    real = adding.take

    def take(name: str, *args: Any, **options: Any) -> Any:
        if name == "3.png":
            raise Death
        return real(name, *args, **options)

    monkeypatch.setattr(processing, "take", take)
    upload = actions.start_upload(actor=alice, project=pictures, name="x", source=str(tmp_path))
    assert [worked(upload) for _ in range(4)] == [False, False, False, True]
    upload.refresh_from_db()
    assert (upload.state, upload.deaths, upload.reading) == (UploadState.DONE, 0, "")
    refused = UploadedFile.objects.get(outcome=Outcome.REFUSED)
    assert (refused.path, refused.reason) == ("3.png", processing.DEADLY)
    assert Item.objects.count() == FILES - 1


def test_a_worker_killed_by_chance_costs_no_file(
    alice: User, pictures: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(FILES):
        (tmp_path / f"{number}.png").write_bytes(picture(number))
    real, dying = adding.take, [True]

    def take(*args: Any, **options: Any) -> Any:
        if dying:
            dying.clear()
            raise Death
        return real(*args, **options)

    monkeypatch.setattr(processing, "take", take)
    upload = actions.start_upload(actor=alice, project=pictures, name="x", source=str(tmp_path))
    assert not worked(upload)
    dying.append(True)
    assert not worked(upload)
    assert worked(upload)
    assert (Item.objects.count(), UploadedFile.objects.filter(outcome=Outcome.REFUSED).count()) == (FILES, 0)


def test_a_file_whose_peaks_kill_the_worker_is_set_aside_alone(
    alice: User, sounds: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    upload = actions.start_upload(actor=alice, project=sounds, name="x")
    files = [(f"{number}.wav", clip(number), NOTHING_SAID) for number in range(4)]
    actions.add_files(actor=alice, upload=upload, files=files)
    deadly = clip(2)

    def dying(*, format_name: str, data: bytes) -> Any:
        if data == deadly:
            raise Death
        return derive(format_name=format_name, data=data)

    monkeypatch.setattr(deriving, "derive", dying)
    died = 0
    while Item.objects.filter(state=ItemState.NEW).exists():
        try:
            actions.derive_waiting()
        except Death:
            died += 1
            assert died <= deriving.MOST_TRIES
    assert died == deriving.MOST_TRIES
    faulty = Item.objects.get(state=ItemState.FAULTY)
    assert (faulty.name, faulty.fault) == ("2.wav", deriving.DEADLY)
    assert Item.objects.filter(state=ItemState.READY).count() == 3
