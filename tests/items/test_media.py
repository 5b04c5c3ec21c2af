"""Media over HTTP: members only, cached, in parts, never run."""

from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.files.storage import Storage, default_storage, storages
from django.test import Client

from labeling.items import actions, storage
from labeling.items.models import Item
from labeling.projects.actions import add_member, remove_member
from labeling.projects.models import Project, Role
from tests.items.files import clip, picture


def add(project: Project, name: str, data: bytes) -> Item:
    """One item with its derivatives."""
    item = actions.add_file(actor=None, project=project, name=name, data=data).item
    assert item is not None
    return item


def address(item: Item, what: str) -> str:
    """Where one of an item's files lies."""
    return f"/api/v1/projects/{item.project.slug}/items/{item.pk}/{what}"


def body(answer: Any) -> bytes:
    """A streamed body in one piece."""
    return b"".join(answer.streaming_content)


def test_members_get_the_original_and_may_keep_it(client: Client, alice: User, bob: User, pictures: Project) -> None:
    data = picture(1, (600, 300), "JPEG")
    item = add(pictures, "cats/one.jpg", data)
    add_member(actor=alice, project=pictures, user=bob, role=Role.ANNOTATOR)
    client.force_login(bob)
    answer = client.get(address(item, "media"), headers={"Accept": "image/webp,image/png"})
    assert body(answer) == data
    assert answer["Content-Type"] == "image/jpeg"
    assert "immutable" in answer["Cache-Control"]
    assert "private" in answer["Cache-Control"]
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer["Content-Security-Policy"]
    again = client.get(address(item, "media"), headers={"If-None-Match": answer["ETag"]})
    assert again.status_code == 304
    small = client.get(address(item, "thumb"))
    assert small["Content-Type"] == "image/webp"
    assert len(body(small)) < len(data)


def test_others_get_nothing(client: Client, alice: User, bob: User, charlie: User, pictures: Project) -> None:
    item = add(pictures, "a.png", picture(1))
    for what in ("media", "thumb", "peaks", "original"):
        assert client.get(address(item, what)).status_code == 401
    add_member(actor=alice, project=pictures, user=bob, role=Role.ANNOTATOR)
    remove_member(actor=alice, project=pictures, user=bob)
    for outsider in (bob, charlie):
        client.force_login(outsider)
        for what in ("media", "thumb", "peaks", "original"):
            assert client.get(address(item, what)).status_code == 404


def test_an_item_is_not_found_through_another_project(
    client: Client, alice: User, pictures: Project, sounds: Project
) -> None:
    item = add(pictures, "a.png", picture(1))
    client.force_login(alice)
    assert client.get(f"/api/v1/projects/{sounds.slug}/items/{item.pk}/media").status_code == 404


@pytest.mark.parametrize(
    ("asked", "status", "start", "end"),
    [
        ("bytes=0-9", 206, 0, 10), ("bytes=100-", 206, 100, None), ("bytes=-7", 206, -7, None),
        ("bytes=5-999999999", 206, 5, None), ("bytes=9-5", 200, 0, None), ("bytes=0-1,5-6", 200, 0, None),
        ("lines=1-2", 200, 0, None), ("bytes=-0", 200, 0, None),
    ],
)  # fmt: skip
def test_sound_comes_in_parts(
    asked: str, status: int, start: int, end: int | None, client: Client, alice: User, sounds: Project
) -> None:
    data = clip(1)
    item = add(sounds, "a.wav", data)
    client.force_login(alice)
    answer = client.get(address(item, "media"), headers={"Range": asked})
    assert answer.status_code == status
    assert body(answer) == data[start:end]
    assert answer["Accept-Ranges"] == "bytes"
    if status == 206:
        first = start % len(data)
        last = (end or len(data)) - 1
        assert answer["Content-Range"] == f"bytes {first}-{last}/{len(data)}"


def test_a_part_beyond_the_end_is_refused(client: Client, alice: User, sounds: Project) -> None:
    item = add(sounds, "a.wav", clip(1))
    client.force_login(alice)
    answer = client.get(address(item, "media"), headers={"Range": "bytes=99999999-"})
    assert (answer.status_code, answer["Content-Range"]) == (416, f"bytes */{len(clip(1))}")
    stale = client.get(address(item, "media"), headers={"Range": "bytes=0-9", "If-Range": '"other"'})
    assert stale.status_code == 200
    assert body(stale) == clip(1)


def test_peaks_of_a_sound(client: Client, alice: User, sounds: Project, pictures: Project) -> None:
    item = add(sounds, "a.wav", clip(1))
    client.force_login(alice)
    answer = client.get(address(item, "peaks"))
    assert answer["Content-Type"] == "application/json"
    assert body(answer).count(b",") == 799
    silent = add(pictures, "a.png", picture(1))
    assert client.get(address(silent, "peaks")).status_code == 404


def test_a_tiff_is_shown_as_a_copy_and_saved_as_it_came(client: Client, alice: User, pictures: Project) -> None:
    data = picture(1, (40, 30), "TIFF")
    item = add(pictures, 'a"; evil\r\n.tiff', data)
    client.force_login(alice)
    shown = client.get(address(item, "media"))
    assert shown["Content-Type"] == "image/webp"
    assert body(shown).startswith(b"RIFF")
    saved = client.get(address(item, "original"))
    assert body(saved) == data
    assert saved["Content-Disposition"].startswith("attachment")


def test_a_file_in_a_bucket_has_no_path() -> None:
    assert storage.blob_path("ab12") == Path(default_storage.path(storage.blob_key("ab12")))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(type(storages["default"]), "path", Storage.path)  # what a bucket's storage inherits
        assert storage.blob_path("ab12") is None
