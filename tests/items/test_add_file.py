"""One file comes in, is already there, or is refused."""

import hashlib

import pytest
from django.contrib.auth.models import User

from labeling.audit.models import Event
from labeling.items import actions, storage
from labeling.items.models import Blob, Item, ItemState, Outcome
from labeling.projects.models import Medium, Project
from tests.items.files import clip, picture, zipped


def test_a_picture_comes_in_byte_for_byte_and_ready(alice: User, pictures: Project) -> None:
    data = picture(1, (640, 400), "JPEG")
    outcome = actions.add_file(actor=alice, project=pictures, name="a/cat.jpg", data=data, metadata={"camera": 3})
    assert outcome.outcome == Outcome.ADDED
    item = Item.objects.select_related("blob").get()
    sha256 = hashlib.sha256(data).hexdigest()
    assert (item.name, item.metadata, item.state, item.uploaded_by) == (
        "a/cat.jpg", {"camera": 3}, ItemState.READY, alice,
    )  # fmt: skip
    assert (item.blob_id, item.blob.width, item.blob.height, item.blob.size) == (sha256, 640, 400, len(data))
    assert storage.read(storage.blob_key(sha256)) == data
    assert storage.read(storage.derived_key(sha256, "webp")).startswith(b"RIFF")
    assert Event.objects.filter(verb="add", row=str(item.pk), actor=alice).exists()


def test_a_sound_comes_in_with_peaks(alice: User, sounds: Project) -> None:
    outcome = actions.add_file(actor=alice, project=sounds, name="w.wav", data=clip(1))
    assert outcome.item is not None
    assert outcome.item.state == ItemState.READY
    blob = Blob.objects.get()
    assert (blob.sample_rate, blob.channels, blob.duration) == (8000, 1, 0.5)
    assert b"peaks" in storage.read(storage.derived_key(blob.pk, "peaks.json"))


def test_the_same_file_twice_is_one_item_and_said_so(alice: User, pictures: Project) -> None:
    first = actions.add_file(actor=alice, project=pictures, name="a.png", data=picture(2))
    again = actions.add_file(actor=alice, project=pictures, name="b.png", data=picture(2))
    assert (again.outcome, again.item) == (Outcome.DUPLICATE, first.item)
    assert "a.png" in again.reason
    assert Item.objects.count() == 1


BAD = {
    "empty.png": (b"", "empty"),
    "cut.png": (picture(3)[:-200], "cut off"),
    "really-a-jpeg.png": (picture(3, kind="JPEG"), "JPEG"),
    "page.svg": (b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>", "Not a picture"),
    "page.html": (b"<html><script>alert(1)</script>", "Not a picture"),
    "sound.wav": (clip(3), "takes pictures"),
    "inner.zip": (zipped({"a.png": picture(3)}), "archive"),
    "noise.png": (b"\x89PNG\r\n\x1a\n" + b"garbage" * 40, "cut off"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_file_is_refused_with_its_reason(name: str, alice: User, pictures: Project) -> None:
    data, said = BAD[name]
    outcome = actions.add_file(actor=alice, project=pictures, name=name, data=data)
    assert outcome.outcome == Outcome.REFUSED
    assert said in outcome.reason
    assert not Item.objects.exists()
    assert not Blob.objects.exists()


def test_a_pixel_bomb_is_refused(alice: User, pictures: Project) -> None:
    bomb = picture(0, (1, 1), "BMP")
    bomb = bomb[:18] + (60_000).to_bytes(4, "little") + (60_000).to_bytes(4, "little") + bomb[26:]
    outcome = actions.add_file(actor=alice, project=pictures, name="bomb.bmp", data=bomb)
    assert outcome.outcome == Outcome.REFUSED
    assert "pixels" in outcome.reason


def test_a_supposed_label_is_a_witness_and_an_unknown_one_is_told(alice: User, pictures: Project) -> None:
    known = actions.add_file(actor=alice, project=pictures, name="a.png", data=picture(4), supposed="Cat", source="web")
    other = actions.add_file(actor=alice, project=pictures, name="b.png", data=picture(5), supposed="horse")
    assert known.item is not None
    assert other.item is not None
    label = known.item.supposed_labels.get()
    assert (label.label.name, label.source) == ("cat", "web")
    assert "horse" in other.reason
    assert not other.item.supposed_labels.exists()


def test_the_same_bytes_in_two_projects_are_one_blob_and_two_items(alice: User, pictures: Project) -> None:
    other = Project.objects.create(slug="other", name="Other", medium=Medium.IMAGE, question="?")
    actions.add_file(actor=alice, project=pictures, name="a.png", data=picture(6))
    outcome = actions.add_file(actor=alice, project=other, name="a.png", data=picture(6))
    assert outcome.outcome == Outcome.ADDED
    assert (Blob.objects.count(), Item.objects.count()) == (1, 2)
