"""A folder dropped on the page of uploads, as a hand does it."""

from pathlib import Path

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import Page, expect

from labeling.items.models import Item
from labeling.projects.models import Project
from tests.factories import make_project
from tests.items.files import picture, zipped
from tests.looks import Visit
from tests.work.people import Annotator

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def drop(page: Page, *paths: Path) -> None:
    """Drag files or folders from outside the browser over the page's target and let go of them there."""
    box = page.locator("[data-drop]").bounding_box()
    assert box is not None
    hand = page.context.new_cdp_session(page)
    data = {"items": [], "files": [str(path) for path in paths], "dragOperationsMask": 1}
    for kind in ("dragEnter", "dragOver", "drop"):
        place = {"x": box["x"] + box["width"] / 2, "y": box["y"] + box["height"] / 2}
        hand.send("Input.dispatchDragEvent", {"type": kind, "data": data, **place})


def test_a_folder_dropped_on_the_page_is_what_the_next_claim_hands_out(
    visit: Visit, alice: User, tmp_path: Path
) -> None:
    project = make_project(alice)
    deep = tmp_path / "cats" / "deep" / "deeper"
    deep.mkdir(parents=True)
    for number in range(105):  # a browser lists a folder a hundred at a time
        (deep / f"{number}.png").write_bytes(picture(number))
    (tmp_path / "cats" / "manifest.csv").write_text("file,label\ndeep/deeper/0.png,cat\n")
    page = visit(f"/p/{project.slug}/uploads", alice)
    drop(page, tmp_path / "cats")
    card = page.locator(".upload").first
    expect(card.locator("[data-part=state]")).to_have_text("Done.")
    expect(card.locator("[data-part=added]")).to_have_text("105")
    assert Item.objects.get(name="cats/deep/deeper/0.png").supposed_labels.get().label.name == "cat"
    claimed = Annotator(alice, project).claim(50)
    assert len(claimed) == 50
    assert all(lease["item"]["name"].startswith("cats/deep/deeper/") for lease in claimed)


def test_a_zip_dropped_waits_for_the_worker(visit: Visit, alice: User, pictures: Project, tmp_path: Path) -> None:
    (tmp_path / "cats.zip").write_bytes(zipped({"a.png": picture(1)}))
    page = visit(f"/p/{pictures.slug}/uploads", alice)
    drop(page, tmp_path / "cats.zip")
    expect(page.locator(".upload [data-part=state]").first).to_contain_text("Waiting for the worker")
