"""Erasure on request: the bytes go, a tombstone stays, what others need is kept."""

import pytest
from django.contrib.auth.models import User
from django.core.files.storage import default_storage
from django.test import Client

from labeling.audit.models import Event
from labeling.errors import NotAllowed
from labeling.items import actions, storage
from labeling.items.actions import erasing
from labeling.items.models import Blob, Erasure, Item, ItemState, Outcome, Upload, UploadedFile
from labeling.projects.actions import add_member
from labeling.projects.models import Medium, Project, Role
from tests.items.files import clip, picture


def there(sha256: str) -> bool:
    """Whether any file of this hash lies in storage."""
    keys = [storage.blob_key(sha256), *(storage.derived_key(sha256, kind) for kind in erasing.DERIVED)]
    return any(default_storage.exists(key) for key in keys)


def test_a_voice_is_erased_and_leaves_a_tombstone(alice: User, bob: User, sounds: Project) -> None:
    add_member(actor=alice, project=sounds, user=bob, role=Role.ANNOTATOR)
    upload = actions.start_upload(actor=bob, project=sounds, name="bob's voice")
    mine = actions.add_file(
        actor=bob, project=sounds, name="bob.wav", data=clip(1), upload=upload, metadata={"speaker": "bob"}, group="bob"
    ).item
    actions.add_file(actor=bob, project=sounds, name="bob-bad.wav", data=b"", upload=upload)
    other = actions.add_file(actor=alice, project=sounds, name="alice.wav", data=clip(2)).item
    assert mine is not None
    assert other is not None
    erasure = actions.erase_uploads(actor=bob, project=sounds, user=bob)
    assert (erasure.items, erasure.done_at is not None) == (1, True)
    mine.refresh_from_db()
    assert (mine.state, mine.name, mine.metadata, mine.group) == (ItemState.ERASED, "erased", {}, "")
    blob = Blob.objects.get(pk=mine.blob_id)
    assert blob.erased_at is not None
    assert blob.fingerprint == ""
    assert not there(blob.pk)
    assert there(other.blob_id)
    told = [*UploadedFile.objects.values_list("path", flat=True), *Upload.objects.values_list("name", flat=True)]
    assert not [text for text in told if "bob" in text]
    assert Event.objects.filter(verb="erase", row=str(erasure.pk), actor=bob).count() == 1


def test_erasing_twice_changes_nothing_more(alice: User, sounds: Project) -> None:
    actions.add_file(actor=alice, project=sounds, name="a.wav", data=clip(1))
    first = actions.erase_uploads(actor=alice, project=sounds, user=alice)
    assert actions.erase_uploads(actor=alice, project=sounds, user=alice) == first
    actions.add_file(actor=alice, project=sounds, name="b.wav", data=clip(2))
    assert actions.erase_uploads(actor=alice, project=sounds, user=alice) != first
    assert not Item.objects.exclude(state=ItemState.ERASED).exists()


def test_bytes_that_another_persons_item_lives_on_stay(alice: User, bob: User, pictures: Project) -> None:
    other = Project.objects.create(slug="other", name="Other", medium=Medium.IMAGE, question="?")
    mine = actions.add_file(actor=alice, project=pictures, name="a.png", data=picture(1)).item
    actions.add_file(actor=bob, project=other, name="a.png", data=picture(1))
    actions.erase_uploads(actor=alice, project=pictures, user=alice)
    assert mine is not None
    assert there(mine.blob_id)
    assert Blob.objects.get().erased_at is None
    actions.erase_uploads(actor=None, project=other, user=bob)
    assert not there(mine.blob_id)


def test_killed_half_way_it_goes_on(alice: User, pictures: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(5):
        actions.add_file(actor=alice, project=pictures, name=f"{number}.png", data=picture(number))
    monkeypatch.setattr(erasing, "BATCH", 2)
    calls: list[str] = []
    real = default_storage.delete

    def dying(key: str) -> None:
        calls.append(key)
        if len(calls) == 14:
            raise KeyboardInterrupt
        real(key)

    monkeypatch.setattr(default_storage, "delete", dying)
    with pytest.raises(KeyboardInterrupt):
        actions.erase_uploads(actor=alice, project=pictures, user=alice)
    monkeypatch.undo()
    assert Erasure.objects.get().done_at is None
    erasure = actions.erase_uploads(actor=alice, project=pictures, user=alice)
    assert (Erasure.objects.count(), erasure.items) == (1, 5)
    assert not [pk for pk in Blob.objects.values_list("pk", flat=True) if there(pk)]


def test_an_erased_file_is_refused_here_and_lives_again_elsewhere(alice: User, bob: User, pictures: Project) -> None:
    actions.add_file(actor=alice, project=pictures, name="a.png", data=picture(1))
    actions.erase_uploads(actor=alice, project=pictures, user=alice)
    again = actions.add_file(actor=alice, project=pictures, name="a.png", data=picture(1))
    assert (again.outcome, "erased" in again.reason) == (Outcome.REFUSED, True)
    other = Project.objects.create(slug="other", name="Other", medium=Medium.IMAGE, question="?")
    lives = actions.add_file(actor=bob, project=other, name="a.png", data=picture(1))
    assert lives.outcome == Outcome.ADDED
    blob = Blob.objects.get()
    assert (blob.erased_at, there(blob.pk)) == (None, True)
    assert blob.fingerprint


def test_only_the_person_or_an_owner_erases(
    client: Client, alice: User, bob: User, charlie: User, pictures: Project
) -> None:
    add_member(actor=alice, project=pictures, user=bob, role=Role.EXPERT)
    actions.add_file(actor=alice, project=pictures, name="a.png", data=picture(1))
    with pytest.raises(NotAllowed):
        actions.erase_uploads(actor=bob, project=pictures, user=alice)
    address = f"/api/v1/projects/{pictures.slug}/erase"
    client.force_login(charlie)
    assert client.post(address).status_code == 404
    client.force_login(bob)
    assert client.post(address, {"username": "alice"}).status_code == 403
    client.force_login(alice)
    answer = client.post(address, {"username": "alice"})
    assert (answer.status_code, answer.json()["items"]) == (200, 1)
    item = Item.objects.get()
    assert client.get(f"/api/v1/projects/{pictures.slug}/items/{item.pk}/media").status_code == 404
