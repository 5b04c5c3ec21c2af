"""Ten pictures and ten clips by keyboard alone, with the network away for a while and one answer taken back."""

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import expect

from labeling.annotations.models import Annotation, Skip
from labeling.projects.models import Project
from tests.work.browser.conftest import Seat

pytestmark = pytest.mark.browser


def standing(project: Project, user: User) -> dict[int, str]:
    """What the database holds: item to label."""
    rows = Annotation.objects.standing().filter(project=project, user=user)
    found = {row.item_id: row.label.name for row in rows.select_related("label") if row.label}
    assert len(found) == rows.count()
    return found


def keys(project: Project) -> dict[str, str]:
    """Name to key."""
    return dict(project.labels.filter(retired_at=None).values_list("name", "key"))


@pytest.mark.parametrize("medium", ["digits", "tones"])
def test_ten_items_by_keyboard_offline_and_undo(
    medium: str, request: pytest.FixtureRequest, seat: Seat, bob: User
) -> None:
    project: Project = request.getfixturevalue(medium)
    page = seat(bob, project, by_form=True)
    key_of = keys(project)
    names = list(key_of)
    said: dict[int, str] = {}
    for turn in range(10):
        if turn == 4:
            page.wait()
            page.outbox("all sent")
            page.page.context.set_offline(True)
        if turn == 7:
            page.outbox("3 waiting (offline)")
            page.page.context.set_offline(False)
        name = names[turn % len(names)]
        said[page.answer(key_of[name])] = name
    last = list(said)[-1]
    page.press("z")
    page.until("item", last)
    assert page.answer(key_of[names[0]]) == last
    said[last] = names[0]
    page.outbox("all sent")
    assert standing(project, bob) == said
    assert Annotation.objects.filter(project=project).count() in (10, 11)
    assert page.errors == []


def test_a_held_key_answers_once(seat: Seat, bob: User, digits: Project) -> None:
    page = seat(bob, digits)
    page.wait()
    page.page.keyboard.down("1")
    for _ in range(5):
        page.page.wait_for_timeout(250)
        page.page.keyboard.down("1")  # the browser marks it as a repetition
    page.page.keyboard.up("1")
    page.outbox("all sent")
    assert Annotation.objects.count() == 1


def test_a_key_from_before_the_item_was_seen_is_not_taken_for_it(seat: Seat, bob: User, digits: Project) -> None:
    page = seat(bob, digits)
    page.wait()
    for key in "1111":
        page.press(key)
    page.outbox("all sent")
    assert Annotation.objects.count() == 1


def test_no_shortcut_fires_while_one_types(seat: Seat, bob: User, digits: Project) -> None:
    page = seat(bob, digits)
    item = page.wait()
    page.press("x")
    page.page.locator("#skip-note").focus()
    page.page.keyboard.type("12 zeros, x")
    assert page.item == item
    page.press("Enter")
    page.until("another", item)
    page.outbox("all sent")
    assert Annotation.objects.count() == 0
    assert Skip.objects.get(lease__item=item).note == "12 zeros, x"


def test_panels_by_key(seat: Seat, bob: User, digits: Project) -> None:
    page = seat(bob, digits)
    page.wait()
    page.press("g")
    expect(page.page.locator("#guideline-text")).to_contain_text("Look at the ears.")
    page.press("?")
    expect(page.page.locator("#panel-guideline")).to_be_hidden()
    expect(page.page.locator("#panel-keys")).to_contain_text("take the last answer back")
    page.press("Escape")
    expect(page.page.locator("#panel-keys")).to_be_hidden()
