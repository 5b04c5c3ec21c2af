"""A zip in pieces: the server keeps what came, whoever comes back goes on there, and nobody else does."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Route, expect

from labeling.items import actions, pieces
from labeling.items.models import Item, Upload, UploadState
from labeling.items.tasks import tend_uploads
from labeling.projects.actions import add_member
from labeling.projects.models import Project, Role
from tests.items.files import picture, zipped
from tests.items.test_drop import drop
from tests.looks import Visit

TRIES = 4  # of the page, before it waits for its person
SMALL = 500  # bytes a piece, so that a small zip has several


@pytest.fixture
def small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pieces of SMALL bytes."""
    monkeypatch.setattr(pieces, "BYTES", SMALL)


def begin(client: Client, project: Project, data: bytes, name: str = "cats.zip", mark: str = "1") -> Any:
    body = {"name": name, "size": len(data), "mark": mark}
    return client.post(f"/api/v1/projects/{project.slug}/uploads/zip", body, content_type="application/json")


def send(client: Client, project: Project, upload: int, data: bytes, start: int) -> Any:
    piece = SimpleUploadedFile("piece", data[start:start + SMALL])
    address = f"/api/v1/projects/{project.slug}/uploads/{upload}/pieces"
    return client.post(address, {"start": start, "piece": piece})


def staged(upload: int) -> list[str]:
    """What lies in storage for an upload."""
    folder = f"incoming/{upload}"
    return sorted(default_storage.listdir(folder)[1]) if default_storage.exists(folder) else []


@pytest.mark.django_db
@pytest.mark.usefixtures("small_pieces")
def test_pieces_become_items_and_each_counts_once(client: Client, alice: User, pictures: Project) -> None:
    client.force_login(alice)
    data = zipped({f"{number}.png": picture(number) for number in range(9)})
    upload = begin(client, pictures, data).json()["id"]
    assert send(client, pictures, upload, data, 0).json()["received"] == SMALL
    assert send(client, pictures, upload, data, 0).json()["received"] == SMALL
    again = begin(client, pictures, data).json()
    assert (again["id"], again["received"]) == (upload, SMALL)
    assert begin(client, pictures, data, mark="2").json()["id"] != upload
    for start in range(SMALL, len(data), SMALL):
        answer = send(client, pictures, upload, data, start).json()
    assert (answer["state"], answer["received"]) == (UploadState.QUEUED, len(data))
    assert begin(client, pictures, data).json()["id"] == upload
    assert actions.process_upload(upload_id=upload) is not None
    assert Item.objects.count() == 9
    assert staged(upload) == []
    assert Upload.objects.get(pk=upload).state == UploadState.DONE


@pytest.mark.django_db
@pytest.mark.usefixtures("small_pieces")
def test_a_piece_sent_by_two_tabs_at_once_counts_once_and_leaves_nothing(
    client: Client, alice: User, pictures: Project
) -> None:
    client.force_login(alice)
    data = zipped({f"{number}.png": picture(number) for number in range(3)})
    upload = begin(client, pictures, data).json()["id"]
    other_tab = Upload.objects.get(pk=upload)  # as it was before the first tab's piece came
    for start in range(0, len(data), SMALL):
        send(client, pictures, upload, data, start)
        piece = SimpleUploadedFile("piece", data[start:start + SMALL])
        assert actions.receive_piece(actor=alice, upload=other_tab, start=start, file=piece).received <= len(data)
        other_tab.received = min(start + SMALL, len(data))
    assert actions.process_upload(upload_id=upload) is not None
    other_tab.received = 0
    actions.receive_piece(actor=alice, upload=other_tab, start=0, file=SimpleUploadedFile("piece", data[:SMALL]))
    assert (Item.objects.count(), staged(upload)) == (3, [])


@pytest.mark.django_db
@pytest.mark.usefixtures("small_pieces")
def test_pieces_are_of_who_began_them_and_of_their_project(
    client: Client, alice: User, bob: User, charlie: User, pictures: Project, sounds: Project
) -> None:
    client.force_login(alice)
    data = zipped({f"{number}.png": picture(number) for number in range(3)})
    upload = begin(client, pictures, data).json()["id"]
    assert send(client, sounds, upload, data, 0).status_code == 404
    add_member(actor=alice, project=pictures, user=bob, role=Role.OWNER)
    client.force_login(bob)
    assert send(client, pictures, upload, data, 0).status_code == 403
    assert begin(client, pictures, data).json()["id"] != upload
    client.force_login(charlie)
    assert begin(client, pictures, data).status_code == 404
    assert Client().post(f"/api/v1/projects/{pictures.slug}/uploads/zip").status_code == 401
    assert staged(upload) == []


@pytest.mark.django_db
@pytest.mark.usefixtures("small_pieces")
def test_pieces_out_of_order_or_of_a_wrong_length_are_refused(
    client: Client, alice: User, pictures: Project, settings: Any
) -> None:
    client.force_login(alice)
    data = zipped({f"{number}.png": picture(number) for number in range(9)})
    upload = begin(client, pictures, data).json()["id"]
    for start, status in ((SMALL, 409), (1, 400), (len(data) + SMALL, 400)):
        assert send(client, pictures, upload, data, start).status_code == status
    assert send(client, pictures, upload, data[:SMALL - 1], 0).status_code == 400
    plain = client.post(f"/api/v1/projects/{pictures.slug}/uploads/{upload}/files", {"archive": zip_file(data)})
    assert plain.status_code == 409
    assert client.post(f"/api/v1/projects/{pictures.slug}/uploads/{upload}/finish").status_code == 409
    assert staged(upload) == []
    settings.EMERALD_MAX_ZIP_BYTES = len(data) - 1
    for refused in (begin(client, pictures, data), begin(client, pictures, b"")):
        assert (refused.status_code, refused.json()["field"]) == (400, "size")
    whole = client.post(f"/api/v1/projects/{pictures.slug}/uploads", {"archive": zip_file(data)})
    assert whole.status_code == 400


def zip_file(data: bytes) -> SimpleUploadedFile:
    return SimpleUploadedFile("cats.zip", data)


@pytest.mark.django_db
@pytest.mark.usefixtures("small_pieces")
def test_pieces_whose_rest_never_comes_are_cleaned_away(client: Client, alice: User, pictures: Project) -> None:
    client.force_login(alice)
    data = zipped({f"{number}.png": picture(number) for number in range(9)})
    upload = begin(client, pictures, data).json()["id"]
    send(client, pictures, upload, data, 0)
    assert tend_uploads() == 0
    assert staged(upload) == ["piece-0"]
    Upload.objects.update(heartbeat_at=timezone.now() - timedelta(days=2))
    assert tend_uploads() == 1
    assert staged(upload) == []
    left = client.get(f"/api/v1/projects/{pictures.slug}/uploads/{upload}").json()
    assert (left["state"], left["received"], left["can_resume"]) == (UploadState.FAILED, 0, False)
    assert "nothing more for a day" in left["reason"]
    assert send(client, pictures, upload, data, 0).status_code == 409
    assert staged(upload) == []
    assert begin(client, pictures, data).json()["id"] != upload


@pytest.mark.django_db
@pytest.mark.usefixtures("small_pieces")
def test_pieces_go_when_their_person_has_them_erased(client: Client, alice: User, pictures: Project) -> None:
    client.force_login(alice)
    data = zipped({f"{number}.png": picture(number) for number in range(9)})
    upload = begin(client, pictures, data).json()["id"]
    send(client, pictures, upload, data, 0)
    actions.erase_uploads(actor=alice, project=pictures, user=alice)
    assert staged(upload) == []


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_a_connection_cut_half_way_goes_on_where_it_was(
    visit: Visit, alice: User, pictures: Project, tmp_path: Path
) -> None:
    """The rest alone is sent, also by a page that was loaded anew."""
    files = {f"{number}.png": picture(number, (900, 900)) for number in range(6)}  # noise: some 2.4 MB each
    (tmp_path / "cats.zip").write_bytes(zipped(files))
    page = visit(f"/p/{pictures.slug}/uploads", alice)
    starts: list[int] = []

    def cut(route: Route) -> None:
        """All but the first piece find no network."""
        body = route.request.post_data_buffer or b""
        starts.append(int(body.split(b'name="start"\r\n\r\n')[1].split(b"\r\n")[0]))
        if starts[-1]:
            route.abort("internetdisconnected")
        else:
            route.continue_()

    page.route("**/pieces", cut)
    page.clock.install()
    with page.expect_event("requestfailed"):
        drop(page, tmp_path / "cats.zip")
    for _ in range(TRIES - 1):
        with page.expect_event("requestfailed"):
            page.clock.fast_forward(11_000)  # past the pause before a further try
    card = page.locator(".upload").first
    expect(card.get_by_role("button", name="Go on")).to_be_visible()
    assert starts == [0, *[pieces.BYTES] * TRIES]
    page.reload()
    expect(card).to_contain_text("are here")
    page.unroute("**/pieces")
    drop(page, tmp_path / "cats.zip")
    expect(card.locator("[data-part=state]")).to_contain_text("Waiting for the worker")
    upload = Upload.objects.get()
    actions.process_upload(upload_id=upload.pk)
    assert Item.objects.count() == 6
