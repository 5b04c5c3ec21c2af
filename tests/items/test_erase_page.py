"""Having one's own uploads erased, also after one has left."""

import io

from django.contrib.auth.models import User
from django.test import Client
from PIL import Image

from labeling.items.actions import add_file
from labeling.items.models import Item
from labeling.projects.actions import remove_member
from tests.factories import add, make_project


def test_ones_uploads_are_erased_and_only_those(client: Client, alice: User, bob: User) -> None:
    project = make_project(alice)
    add(project, bob)
    for shade, user in ((10, alice), (200, bob)):
        file = io.BytesIO()
        Image.new("L", (8, 8), shade).save(file, "PNG")
        add_file(actor=user, project=project, name=f"{user}.png", data=file.getvalue())
    remove_member(actor=alice, project=project, user=bob)
    client.force_login(bob)
    assert f"/p/{project.slug}/erase" in client.get("/me").content.decode()
    assert "Erase 1 item" in client.get(f"/p/{project.slug}/erase").content.decode()
    for _ in range(2):
        client.post(f"/p/{project.slug}/erase")
    assert dict(Item.objects.values_list("uploaded_by__username", "state")) == {
        "alice": Item.objects.get(uploaded_by=alice).state, "bob": "erased",
    }  # fmt: skip
    assert Item.objects.get(uploaded_by=alice).state != "erased"
    assert "Nothing that you uploaded" in client.get(f"/p/{project.slug}/erase").content.decode()


def test_outsiders_are_told_nothing(client: Client, alice: User, charlie: User) -> None:
    project = make_project(alice)
    client.force_login(charlie)
    assert client.get(f"/p/{project.slug}/erase").status_code == 404
    assert client.post(f"/p/{project.slug}/erase").status_code == 404
