"""A disk that is really full: what came is kept, the rest is refused with the reason, nothing lies half-written."""

import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from labeling.items import storage
from labeling.items.models import Blob, Item, ItemState
from labeling.projects.models import Project
from tests.items.files import picture

pytestmark = pytest.mark.django_db

SIZE = "1500k"
SIDE = 200  # pixels of noise: about 120 kB a file
FILES = 20


@pytest.fixture
def small_disk(settings: Any, tmp_path: Path) -> Iterator[Path]:
    """Media on a disk of 1.5 MB of its own. Mounting one is root's alone; elsewhere test_faults plays it."""
    place = tmp_path / "disk"
    place.mkdir()
    made = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={SIZE}", "tmpfs", str(place)], capture_output=True, text=True, check=False
    )
    if made.returncode:
        pytest.skip(f"No disk can be mounted here: {made.stderr.strip()}")
    settings.MEDIA_ROOT = place
    yield place
    subprocess.run(["umount", str(place)], check=True)


def send(client: Client, project: Project, number: int) -> int:
    """Upload one picture by itself; the answer's status."""
    file = SimpleUploadedFile(f"{number}.png", picture(number, (SIDE, SIDE)))
    answer = client.post(f"/api/v1/projects/{project.slug}/uploads", {"name": "x", "files": [file]})
    if answer.status_code != 201:
        assert "full" in answer.json()["reason"]
    return int(answer.status_code)


def test_a_really_full_disk_refuses_with_the_reason_and_goes_on_once_there_is_room(
    small_disk: Path, client: Client, alice: User, pictures: Project
) -> None:
    client.force_login(alice)
    statuses = [send(client, pictures, number) for number in range(FILES)]
    assert set(statuses) == {201, 503}
    assert statuses[0] == 201
    ready = Item.objects.filter(state=ItemState.READY)
    assert Item.objects.count() == statuses.count(201)
    keys = [storage.blob_key(pk) for pk in Blob.objects.values_list("pk", flat=True)]
    assert all(default_storage.size(key) == Blob.objects.get(pk=Path(key).name).size for key in keys)
    files = [path for path in small_disk.rglob("*") if path.is_file()]
    assert len([path for path in files if "blobs" in path.parts]) == len(keys)
    assert not [path for path in files if not {"blobs", "derived"} & set(path.parts)], "nothing half-written"
    subprocess.run(["mount", "-o", "remount,size=20m", str(small_disk)], check=True)
    again = [send(client, pictures, number) for number in range(FILES)]
    assert set(again) == {201}
    assert ready.count() == FILES
