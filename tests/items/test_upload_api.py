"""Uploads over HTTP: files, zips, manifests, going on after a break."""

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from rest_framework.authtoken.models import Token

from labeling.items import actions
from labeling.items.models import Item, ItemState, Outcome, Upload, UploadedFile, UploadState
from labeling.projects.actions import add_member
from labeling.projects.models import Project, Role
from tests.items.files import clip, picture, zipped


def send(client: Client, address: str, files: dict[str, bytes], **fields: Any) -> Any:
    """POST files with their paths."""
    sent = [SimpleUploadedFile(path.rsplit("/", 1)[-1], data) for path, data in files.items()]
    return client.post(address, {"files": sent, "paths": list(files), **fields})


def uploads_of(project: Project) -> str:
    """The address of a project's uploads."""
    return f"/api/v1/projects/{project.slug}/uploads"


def test_a_folder_is_sent_in_parts_and_told_file_by_file(client: Client, alice: User, pictures: Project) -> None:
    client.force_login(alice)
    begun = client.post(uploads_of(pictures), {"name": "cats"}, content_type="application/json").json()
    address = f"{uploads_of(pictures)}/{begun['id']}"
    manifest = b"file,label,owner\na.png,cat,zoe\nnever-sent.png,dog,\n"
    send(client, f"{address}/files", {"cats/manifest.csv": manifest, "cats/.DS_Store": b"x"})
    answer = send(client, f"{address}/files", {"cats/a.png": picture(1), "cats/bad.png": b"", "cats/b.png": picture(1)})
    assert answer.status_code == 200
    outcomes = {one["path"]: one["outcome"] for one in answer.json()["outcomes"]}
    assert outcomes == {"cats/a.png": "added", "cats/bad.png": "refused", "cats/b.png": "duplicate"}
    done = client.post(f"{address}/finish").json()
    assert (done["state"], done["added"], done["duplicate"], done["refused"], done["ignored"]) == ("done", 1, 1, 2, 1)
    item = Item.objects.get()
    assert (item.metadata, item.supposed_labels.get().label.name) == ({"owner": "zoe"}, "cat")
    listed = client.get(f"{address}/files?outcome=refused").json()
    assert {row["path"] for row in listed["results"]} == {"cats/bad.png", "never-sent.png"}
    assert client.post(f"{address}/finish").json() == done


def test_the_same_folder_again_goes_on_with_the_unfinished_upload(
    client: Client, alice: User, pictures: Project
) -> None:
    client.force_login(alice)
    first = send(client, uploads_of(pictures), {"cats/a.png": picture(1)}, name="cats").json()
    again = send(client, uploads_of(pictures), {"cats/a.png": picture(1), "cats/b.png": picture(2)}, name="cats").json()
    assert again["id"] == first["id"]
    assert [one["outcome"] for one in again["outcomes"]] == ["duplicate", "added"]
    assert UploadedFile.objects.get(path="cats/a.png").outcome == Outcome.ADDED


def test_large_files_wait_for_the_worker_and_small_ones_do_not(
    client: Client, alice: User, pictures: Project, sounds: Project
) -> None:
    client.force_login(alice)
    send(client, uploads_of(pictures), {"small.png": picture(1), "large.png": picture(2, (600, 300))})
    send(client, uploads_of(sounds), {"a.wav": clip(1)})
    states = dict(Item.objects.values_list("name", "state"))
    assert states == {"small.png": ItemState.READY, "large.png": ItemState.NEW, "a.wav": ItemState.NEW}
    assert actions.derive_one_at_a_time() == 2
    assert actions.derive_one_at_a_time() == 0
    assert set(Item.objects.values_list("state", flat=True)) == {ItemState.READY}


def test_a_zip_waits_for_the_worker_and_leaves_nothing_behind(client: Client, alice: User, pictures: Project) -> None:
    client.force_login(alice)
    archive = SimpleUploadedFile("cats.zip", zipped({"a.png": picture(1), "b.png": picture(2), "c.txt": b"hello"}))
    begun = client.post(uploads_of(pictures), {"archive": archive})
    assert begun.status_code == 201
    assert begun.json()["state"] == UploadState.QUEUED
    upload = Upload.objects.get()
    assert default_storage.exists(upload.source)
    actions.process_upload(upload_id=upload.pk)
    shown = client.get(f"{uploads_of(pictures)}/{upload.pk}").json()
    assert (shown["state"], shown["total"], shown["added"], shown["refused"]) == ("done", 3, 2, 1)
    assert not default_storage.exists(upload.source)
    assert actions.process_upload(upload_id=upload.pk) is None
    assert send(client, f"{uploads_of(pictures)}/{upload.pk}/files", {"late.png": picture(9)}).status_code == 409


def test_by_token_too(alice: User, pictures: Project) -> None:
    token = Token.objects.create(user=alice).key
    bearer = Client(headers={"Authorization": f"Token {token}"})
    assert send(bearer, uploads_of(pictures), {"a.png": picture(1)}).status_code == 201
    assert bearer.get(uploads_of(pictures)).json()["results"][0]["added"] == 1


def test_only_owners_upload(client: Client, alice: User, bob: User, charlie: User, pictures: Project) -> None:
    add_member(actor=alice, project=pictures, user=bob, role=Role.ANNOTATOR)
    assert send(client, uploads_of(pictures), {"a.png": picture(1)}).status_code == 401
    client.force_login(charlie)
    assert send(client, uploads_of(pictures), {"a.png": picture(1)}).status_code == 404
    client.force_login(bob)
    assert send(client, uploads_of(pictures), {"a.png": picture(1)}).status_code == 403
    assert not Item.objects.exists()


def test_an_upload_of_another_project_is_not_found(
    client: Client, alice: User, pictures: Project, sounds: Project
) -> None:
    client.force_login(alice)
    begun = send(client, uploads_of(pictures), {"a.png": picture(1)}).json()
    assert client.get(f"{uploads_of(sounds)}/{begun['id']}").status_code == 404


@pytest.mark.parametrize(
    ("body", "field"), [({}, "name"), ({"name": "x", "paths": ["a", "b"]}, "paths")]
)
def test_a_senseless_body_is_refused(
    body: dict[str, Any], field: str, client: Client, alice: User, pictures: Project
) -> None:
    client.force_login(alice)
    answer = client.post(uploads_of(pictures), body)
    assert answer.status_code == 400
    assert answer.json()["field"] == field


def test_a_useless_manifest_is_refused_at_once(client: Client, alice: User, pictures: Project) -> None:
    client.force_login(alice)
    answer = send(client, uploads_of(pictures), {"x/manifest.csv": b"name\na.png\n", "x/a.png": picture(1)}, name="x")
    assert answer.status_code == 400
    assert "file" in answer.json()["reason"]
