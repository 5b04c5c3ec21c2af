"""Overview, hours and an item's history in Chromium: seen by axe, used by keyboard alone."""

import csv
import re

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import Page, expect

from labeling.projects.models import Label, Project
from labeling.registry.actions import promote, register
from tests.factories import add, make_items, make_project
from tests.looks import Visit, chromium, look, visit
from tests.work.people import Annotator

__all__ = ["chromium", "visit"]

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def project(alice: User, bob: User) -> Project:
    """Five answers of one person, two models of which the better one speaks."""
    made = make_project(alice, heldout_share=0.0, classes=("cat", "dog", "a class with quite a long name"))
    add(made, bob)
    make_items(made, 6)
    annotator = Annotator(bob, made)
    for lease in annotator.claim(5):
        annotator.answer(lease, Label.objects.get(project=made, name="cat").pk)
    for accuracy in (0.81, 0.93):
        metrics = {"accuracy": accuracy, "low": accuracy - 0.06, "high": accuracy + 0.04, "items": 120}
        promote(
            actor=alice,
            version=register(actor=alice, project=made, recipe={}, artefact="a", label_ids=[1], metrics=metrics),
        )
    return made


def tab_to(page: Page, words: str, most: int = 60) -> None:
    """Press Tab until the thing of these words has the focus, as somebody without a mouse does."""
    for _ in range(most):
        page.keyboard.press("Tab")
        said = page.evaluate("document.activeElement.textContent + (document.activeElement.id || '')")
        if words in said and page.evaluate("document.activeElement.matches(':focus-visible')"):
            return
    raise AssertionError(f"{words!r} was not reached by {most} presses of Tab")


def test_overview_empty_and_filled_leads_on_by_keyboard(visit: Visit, alice: User, project: Project) -> None:
    empty = make_project(alice, name="Empty")
    look(visit(f"/p/{empty.slug}/", alice), "overview-empty")
    page = visit(f"/p/{project.slug}/", alice)
    look(page, "overview")
    step = page.locator(".next a")
    tab_to(page, step.inner_text())
    target = step.get_attribute("href")
    assert target is not None
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(re.escape(target)))


def test_figures_follow_by_themselves_and_the_focus_stays(
    visit: Visit, alice: User, bob: User, project: Project
) -> None:
    page = visit(f"/p/{project.slug}/", alice)
    page.locator("#next-step").focus()
    annotator = Annotator(bob, project)
    [lease] = annotator.claim(1)
    annotator.answer(lease, Label.objects.get(project=project, name="dog").pk)
    answers = page.locator("#figures dd a[href$='/hours']")
    expect(answers).to_have_text("6", timeout=15_000)
    assert page.evaluate("document.activeElement.id") == "next-step"


def test_words_of_a_chart_can_be_read_on_a_phone(visit: Visit, alice: User, project: Project) -> None:
    page = visit(f"/p/{project.slug}/", alice, size="phone")
    heights = page.locator("svg.chart text").evaluate_all("all => all.map(one => one.getBoundingClientRect().height)")
    assert heights
    assert min(heights) >= 11, "pixels on the screen, whatever the drawing's own scale"


def test_hours_are_chosen_and_taken_away_by_keyboard(visit: Visit, alice: User, project: Project) -> None:
    page = visit(f"/p/{project.slug}/hours", alice)
    look(page, "hours")
    tab_to(page, "Download CSV")
    with page.expect_download() as download:
        page.keyboard.press("Enter")
    rows = {row["name"]: row for row in csv.DictReader(download.value.path().read_text().splitlines())}
    assert rows["bob"]["answers"] == "5"


def test_history_of_an_item_by_keyboard(visit: Visit, alice: User, project: Project) -> None:
    item = project.items.filter(annotations__isnull=False).first()
    assert item is not None
    page = visit(f"/p/{project.slug}/items/{item.pk}/history", alice)
    look(page, "history")
    tab_to(page, "Use as gold")
    page.keyboard.press("Enter")
    expect(page.get_by_text("All gold")).to_be_visible()
