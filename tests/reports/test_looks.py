"""The room's pages in Chromium: seen by axe, and used by keyboard alone."""

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import Page, expect

from labeling.assignments.models import Gold
from labeling.guidelines.actions import publish_draft
from labeling.guidelines.reads import draft
from labeling.items.actions import add_file, derive_waiting
from labeling.items.models import Item
from labeling.projects.models import Project
from labeling.reports.actions import draw_sample, gather, set_attribute, tell
from labeling.reports.models import Flag, Notice
from tests.factories import add, make_project
from tests.looks import Visit, look
from tests.pictures import png
from tests.work.browser.waiting import WAIT

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def project(alice: User, bob: User) -> Project:
    made = make_project(alice)
    add(made, bob)
    for shade in (40, 90):
        add_file(actor=alice, project=made, name=f"{shade}.png", data=png(shade))
    derive_waiting(project=made)
    return made


def settled(page: Page) -> None:
    """Wait until the page takes keys: not in the first moments of an item."""
    page.evaluate(WAIT, ["settled", None])


def test_a_question_from_the_floor_to_its_answer(visit: Visit, alice: User, bob: User, project: Project) -> None:
    page = visit(f"/p/{project.slug}/label", bob)
    settled(page)
    page.keyboard.press("f")
    expect(page.get_by_label("What should it say?")).to_be_focused()
    look(page, "label-ask")
    page.keyboard.type("Is a fox a dog?")
    page.keyboard.press("Enter")
    expect(page.locator("#panel-ask")).to_be_hidden()
    settled(page)
    page.keyboard.press("f")
    page.keyboard.type("And a young fox?")
    page.keyboard.press("Enter")
    expect(page.locator("#panel-ask")).to_be_hidden()
    expect(page.locator("#outbox")).to_have_text("all sent")
    page.close()
    gather(project=project)
    assert {flag.skip.note for flag in Flag.objects.all()} == {"Is a fox a dog?", "And a young fox?"}
    page = visit(f"/p/{project.slug}/questions", alice)
    look(page, "questions-two")
    page.get_by_role("button", name="Put them together").first.press("Enter")
    expect(page.get_by_text("Now both are question")).to_be_visible()
    look(page, "questions")
    page.get_by_label("Answer").fill("A fox is a dog.")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Answered; stands in the draft")).to_be_visible()
    publish_draft(actor=alice, project=project, revision=draft(project).revision)
    tell(project=project)
    page = visit(f"/p/{project.slug}/label", bob)
    expect(page.locator("#notice")).to_contain_text("A fox is a dog.")
    look(page, "label-notice")
    page.get_by_role("button", name="Thanks").click()
    expect(page.locator("#notice")).to_be_hidden()
    assert Notice.objects.get().seen_at is not None
    page.reload()
    expect(page.locator("body")).to_have_attribute("data-state", "work")
    expect(page.locator("#notice")).to_be_hidden()
    page.close()
    look(visit(f"/p/{project.slug}/questions", bob), "questions-mine")


def test_the_panel_and_the_audience(visit: Visit, alice: User, bob: User, project: Project) -> None:
    page = visit(f"/p/{project.slug}/label", bob)
    settled(page)
    page.keyboard.press("1")
    expect(page.locator("#outbox")).to_have_text("all sent")
    page.close()
    set_attribute(actor=alice, project=project, name="Age", choices=["young", "old"])
    draw_sample(actor=alice, project=project, count=5)
    page = visit(f"/p/{project.slug}/panel", alice)
    look(page, "panel")
    page.keyboard.press(project.labels.get(name="dog").key)
    expect(page.get_by_text("Nothing left for you")).to_be_visible()
    look(visit(f"/p/{project.slug}/audience", alice), "audience")
    look(visit(f"/p/{project.slug}/about-me", bob), "about-me")


def test_gold_is_marked_by_key(visit: Visit, alice: User, project: Project) -> None:
    Item.objects.filter(project=project).update(heldout=False)
    page = visit(f"/p/{project.slug}/gold/draw", alice)
    look(page, "gold-draw")
    for known in (1, 2):
        page.keyboard.press(project.labels.get(name="dog").key)
        expect(page.get_by_text(f"{known} of the 30")).to_be_visible()
    expect(page.get_by_text("Nothing left to draw")).to_be_visible()
    look(page, "gold-draw-empty")
    assert Gold.objects.filter(project=project, label__name="dog").count() == 2
