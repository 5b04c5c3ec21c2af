"""Crashes, a full disk, two at once: nothing is lost, nothing is there twice, nothing lies half-written."""

import errno
import os
import threading
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.utils import timezone

from labeling.items import actions, storage, tasks
from labeling.items.actions import adding, processing
from labeling.items.manifest import NOTHING_SAID
from labeling.items.models import Blob, Item, ItemState, Outcome, Upload, UploadedFile, UploadState
from labeling.projects.models import Project
from tests.items.files import clip, picture, zipped


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Ten pictures."""
    for number in range(10):
        (tmp_path / f"{number}.png").write_bytes(picture(100 + number))
    return tmp_path


def half_written() -> list[Path]:
    """Leftovers of writes that did not end."""
    return list(Path(settings.MEDIA_ROOT).rglob(".part-*"))


def test_a_worker_killed_half_way_is_followed_by_another(
    pictures: Project, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    upload = actions.start_upload(actor=None, project=pictures, name="x", source=str(folder))
    monkeypatch.setattr(processing, "BATCH_FILES", 3)
    told: list[int] = []

    def dying(done: int, total: int) -> None:
        told.append(done)
        if done >= 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        actions.process_upload(upload_id=upload.pk, tell=dying)
    upload.refresh_from_db()
    assert (upload.state, upload.files.count()) == (UploadState.RUNNING, 3)
    assert actions.process_upload(upload_id=upload.pk) is None, "its worker may still be alive"
    assert actions.ripe_uploads() == []
    Upload.objects.update(heartbeat_at=timezone.now() - timedelta(minutes=5))
    assert actions.ripe_uploads() == [upload.pk]
    taken: list[str] = []
    real = adding.take

    def counting(name: str, *args: Any, **options: Any) -> Any:
        taken.append(name)
        return real(name, *args, **options)

    monkeypatch.setattr(processing, "take", counting)
    finished = actions.process_upload(upload_id=upload.pk)
    assert finished is not None
    assert (finished.state, finished.files.count(), Item.objects.count()) == (UploadState.DONE, 10, 10)
    assert len(taken) == 7, "what has an outcome is not read again"


def test_the_beat_hands_over_what_waits(
    alice: User, pictures: Project, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    upload = actions.start_upload(actor=alice, project=pictures, name="x", source=str(folder))
    Upload.objects.update(heartbeat_at=timezone.now() - timedelta(seconds=5))
    monkeypatch.setattr(
        tasks.process_upload, "apply_async", lambda args, expires: tasks.process_upload(*args)
    )
    assert tasks.tend_uploads() == 1
    upload.refresh_from_db()
    assert upload.state == UploadState.DONE
    assert tasks.tend_uploads() == 0


def test_an_upload_left_behind_is_closed(alice: User, pictures: Project) -> None:
    actions.start_upload(actor=alice, project=pictures, name="x")
    assert tasks.tend_uploads() == 0
    Upload.objects.update(heartbeat_at=timezone.now() - timedelta(days=2))
    assert tasks.tend_uploads() == 1
    assert Upload.objects.get().state == UploadState.DONE


def test_erasing_stops_an_upload_that_is_running(
    alice: User, pictures: Project, folder: Path, media: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    upload = actions.start_upload(actor=alice, project=pictures, name="x", source=str(folder))
    monkeypatch.setattr(processing, "BATCH_FILES", 3)
    monkeypatch.setattr(processing, "HEARTBEAT", 0.0)

    def erasing(done: int, total: int) -> None:
        if done:
            actions.erase_uploads(actor=alice, project=pictures, user=alice)

    assert actions.process_upload(upload_id=upload.pk, tell=erasing) is None
    assert Item.objects.filter(state=ItemState.ERASED).count() == 3
    assert not Item.objects.exclude(state=ItemState.ERASED).exists()
    assert not [path for path in media.rglob("*") if path.is_file()]


class FullDisk:
    """A disk that takes so many more files and then no more."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, room: int) -> None:
        self.room, self.real, self.patch = room, os.replace, monkeypatch
        monkeypatch.setattr(os, "replace", self)

    def __call__(self, source: Any, target: Any) -> None:
        if self.room <= 0:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        self.room -= 1
        self.real(source, target)


def test_a_disk_full_in_the_worker_keeps_what_came_and_goes_on_later(
    pictures: Project, folder: Path, alice: User, client: Client
) -> None:
    upload = actions.start_upload(actor=alice, project=pictures, name="x", source=str(folder))
    with pytest.MonkeyPatch.context() as patch:
        FullDisk(patch, 4)
        stopped = actions.process_upload(upload_id=upload.pk)
    assert stopped is not None
    assert stopped.state == UploadState.FAILED
    assert "full" in stopped.reason
    assert not half_written()
    kept = Item.objects.count()
    assert 0 < kept <= 4
    assert all(default_storage.exists(storage.blob_key(pk)) for pk in Blob.objects.values_list("pk", flat=True))
    client.force_login(alice)
    address = f"/api/v1/projects/{pictures.slug}/uploads/{upload.pk}"
    assert client.get(address).json()["can_resume"] is True
    assert client.post(f"{address}/resume").json()["state"] == UploadState.QUEUED
    assert client.post(f"{address}/resume").status_code == 409
    finished = actions.process_upload(upload_id=upload.pk)
    assert finished is not None
    assert (finished.state, Item.objects.count()) == (UploadState.DONE, 10)


def test_a_disk_full_while_files_are_sent_says_so_and_keeps_the_first(
    client: Client, alice: User, pictures: Project
) -> None:
    client.force_login(alice)
    files = [SimpleUploadedFile(f"{number}.png", picture(number)) for number in range(5)]
    address = f"/api/v1/projects/{pictures.slug}/uploads"
    with pytest.MonkeyPatch.context() as patch:
        FullDisk(patch, 2)
        answer = client.post(address, {"name": "x", "files": files})
    assert (answer.status_code, answer.json()["type"]) == (503, "unavailable")
    assert "full" in answer.json()["reason"]
    assert (Item.objects.count(), UploadedFile.objects.count(), half_written()) == (2, 2, [])


def test_a_disk_full_while_a_zip_streams_in_leaves_nothing(client: Client, alice: User, pictures: Project) -> None:
    client.force_login(alice)
    address = f"/api/v1/projects/{pictures.slug}/uploads"
    with pytest.MonkeyPatch.context() as patch:
        FullDisk(patch, 0)
        answer = client.post(address, {"archive": SimpleUploadedFile("a.zip", zipped({"a.png": picture(1)}))})
    assert answer.status_code == 503
    upload = Upload.objects.get()
    assert upload.state == UploadState.RECEIVING
    assert not default_storage.exists(storage.incoming_key(upload.pk, storage.ARCHIVE))
    again = client.post(address, {"archive": SimpleUploadedFile("a.zip", zipped({"a.png": picture(1)}))})
    assert (again.status_code, again.json()["id"]) == (201, upload.pk)


def test_a_file_gone_from_storage_makes_a_faulty_item(alice: User, sounds: Project) -> None:
    upload = actions.start_upload(actor=alice, project=sounds, name="x")
    actions.add_files(actor=alice, upload=upload, files=[("a.wav", clip(1), NOTHING_SAID)])
    item = Item.objects.get()
    storage.remove(storage.blob_key(item.blob_id))
    assert actions.derive_waiting() == 1
    item.refresh_from_db()
    assert (item.state, "gone" in item.fault) == (ItemState.FAULTY, True)
    assert actions.derive_waiting() == 0


@pytest.mark.django_db(transaction=True)
def test_the_same_file_by_two_people_at_once_is_one_item(alice: User, bob: User, pictures: Project) -> None:
    start = threading.Barrier(4)
    outcomes: list[str] = []

    def send(user: User) -> None:
        try:
            start.wait(timeout=30)
            for number in range(5):
                outcome = actions.add_file(actor=user, project=pictures, name=f"{number}.png", data=picture(number))
                outcomes.append(outcome.outcome)
        finally:
            connection.close()

    threads = [threading.Thread(target=send, args=(user,)) for user in (alice, bob, alice, bob)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert Item.objects.count() == 5
    assert (outcomes.count(Outcome.ADDED), outcomes.count(Outcome.DUPLICATE)) == (5, 15)


@pytest.mark.django_db(transaction=True)
def test_two_uploads_of_the_same_folder_at_once_end_well(
    alice: User, bob: User, pictures: Project, folder: Path
) -> None:
    uploads = [
        actions.start_upload(actor=user, project=pictures, name="x", source=str(folder)) for user in (alice, bob)
    ]
    ended: list[Upload | None] = []

    def work(upload_id: int) -> None:
        try:
            ended.append(actions.process_upload(upload_id=upload_id))
        finally:
            connection.close()

    threads = [threading.Thread(target=work, args=(upload.pk,)) for upload in [*uploads, *uploads]]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert [upload.state for upload in ended if upload] == [UploadState.DONE, UploadState.DONE]
    assert ended.count(None) == 2, "each upload is run by one worker"
    assert Item.objects.count() == 10
    assert UploadedFile.objects.filter(outcome=Outcome.ADDED).count() == 10
