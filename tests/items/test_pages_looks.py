"""Upload, items and one item in a real browser."""

from pathlib import Path

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import Locator, Page, expect

from labeling.items import actions
from labeling.items.models import Item, ItemState, Outcome, Upload, UploadedFile, UploadState
from labeling.projects.models import Project
from tests.items.files import clip, picture, zipped
from tests.looks import Visit, look

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_a_dropped_folder_goes_in_and_goes_on_after_a_reload(
    visit: Visit, alice: User, pictures: Project, tmp_path: Path
) -> None:
    folder = tmp_path / "cats"
    (folder / "deep").mkdir(parents=True)
    for number in range(120):
        (folder / "deep" / f"{number}.png").write_bytes(picture(number))
    (folder / "bad.png").write_bytes(picture(1)[:-60])
    (folder / "twice.png").write_bytes(picture(2))
    (folder / ".DS_Store").write_bytes(b"x")
    (folder / "manifest.csv").write_text("file,label\ndeep/0.png,cat\n")
    page = visit(f"/p/{pictures.slug}/uploads", alice)
    # The first part arrived before the page was reloaded.
    upload = actions.start_upload(actor=alice, project=pictures, name="cats")
    actions.add_file(actor=alice, project=pictures, name="cats/deep/7.png", data=picture(7), upload=upload)
    page.locator("[data-folder]").set_input_files(folder)
    card = page.locator(".upload").first
    expect(card.locator("[data-part=state]")).to_have_text("Done.")
    expect(card.locator("[data-part=added]")).to_have_text("120")
    expect(card.locator("[data-part=duplicate]")).to_have_text("1")
    expect(card.locator("[data-part=refused]")).to_have_text("1")
    card.locator("summary").click()
    expect(card.locator("[data-part=refusals]")).to_contain_text("cats/bad.png")
    look(page, "upload")
    assert Upload.objects.get().state == UploadState.DONE
    assert Item.objects.count() == 120
    assert Item.objects.get(name="cats/deep/0.png").supposed_labels.get().label.name == "cat"
    card.locator("[data-part=link]").click()
    expect(page.locator("h1")).to_have_text("cats")
    look(page, "upload-files")


def test_a_zip_is_followed_until_the_worker_is_through(
    visit: Visit, alice: User, sounds: Project, tmp_path: Path
) -> None:
    clips = {f"{number}.wav": clip(number) for number in range(3)}
    (tmp_path / "words.zip").write_bytes(zipped(clips | {"x.txt": b"x"}))
    page = visit(f"/p/{sounds.slug}/uploads", alice)
    expect(page.locator("[data-empty]")).to_be_visible()
    look(page, "upload-empty")
    page.locator("[data-files]").set_input_files(tmp_path / "words.zip")
    state = page.locator(".upload [data-part=state]").first
    expect(state).to_contain_text("Waiting for the worker")
    page.reload()
    expect(state).to_contain_text("Waiting for the worker")
    actions.process_upload(upload_id=Upload.objects.get().pk)
    expect(state).to_have_text("Done.")
    expect(page.locator(".upload [data-part=added]").first).to_have_text("3")
    assert UploadedFile.objects.get(outcome=Outcome.REFUSED).path == "x.txt"


def tried_until_told(page: Page, again: Locator) -> None:
    """Let the pauses between its tries pass, which lie between calls that take real time to fail."""
    for _try in range(60):
        if again.is_visible():
            break
        page.clock.run_for(1000)
        page.wait_for_timeout(20)
    expect(page.locator(".upload [data-part=state]")).to_contain_text("cannot be reached")


def test_a_network_that_drops_is_told_and_gone_on_from(
    visit: Visit, alice: User, pictures: Project, tmp_path: Path
) -> None:
    (tmp_path / "a.png").write_bytes(picture(1))
    page = visit(f"/p/{pictures.slug}/uploads", alice)
    page.clock.install()
    page.context.set_offline(True)
    page.locator("[data-files]").set_input_files(tmp_path / "a.png")
    again = page.locator(".upload [data-part=again]")
    tried_until_told(page, again)
    again.click()
    tried_until_told(page, again)
    page.context.set_offline(False)  # the page hears of it, and goes on without a click
    expect(page.locator(".upload [data-part=state]")).to_have_text("Done.")
    assert Item.objects.get().name == "a.png"


def test_items_are_listed_filtered_and_shown(visit: Visit, alice: User, pictures: Project, sounds: Project) -> None:
    page = visit(f"/p/{pictures.slug}/items", alice)
    expect(page.locator("h2")).to_have_text("Nothing to label yet")
    look(page, "items-empty")
    for number in range(65):
        actions.add_file(
            actor=alice, project=pictures, name=f"set/{number:02}.jpg", data=picture(number, (90, 60), "JPEG"),
            supposed="cat", metadata={"camera": "<b>old</b>"},
        )  # fmt: skip
    page.reload()
    expect(page.locator(".shelf li")).to_have_count(60)
    look(page, "items")
    page.get_by_role("link", name="Next").click()
    expect(page.locator(".shelf li")).to_have_count(5)
    page.locator("#name").fill("03")
    page.get_by_role("button", name="Show").click()
    page.locator(".shelf a").click()
    expect(page.locator("h1")).to_have_text("set/03.jpg")
    expect(page.locator(".exhibit img")).to_have_js_property("naturalWidth", 90)
    look(page, "item")
    page.locator("#reason").fill("Somebody's face")
    page.get_by_role("button", name="Set aside").click()
    expect(page.locator(".note")).to_have_text("Somebody's face")
    assert Item.objects.get(name="set/03.jpg").state == ItemState.EXCLUDED
    page.get_by_role("button", name="Take it back").click()
    expect(page.locator(".badge")).to_have_text("Ready to label")
    sound = actions.add_file(actor=alice, project=sounds, name="yes.wav", data=clip(1)).item
    assert sound is not None
    page = visit(f"/p/{sounds.slug}/items/{sound.pk}", alice)
    expect(page.locator("audio")).not_to_have_js_property("readyState", 0)  # its length is known
    look(page, "item-sound")
