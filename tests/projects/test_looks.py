"""Every page of the room in Chromium: seen by axe, wide and narrow, light and dark, and used by keyboard alone."""

import io

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from PIL import Image
from playwright.sync_api import Page, expect

from labeling.projects import actions
from labeling.projects.models import Project
from tests.factories import add, make_project
from tests.looks import SHOTS, Visit, faults, look

DARK = 128  # of 255
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def project(alice: User, bob: User) -> Project:
    consent = "I answer of my own free will.\nMy answers may be published without my name."
    made = make_project(alice, name="Handwritten digits", question="Which digit is this?", consent_text=consent)
    make_project(alice, name="Spoken words", medium="sound", question="Which word do you hear?")
    add(made, bob)
    return made


def test_my_projects(visit: Visit, alice: User, charlie: User, project: Project) -> None:
    look(visit("/", alice), "projects")
    look(visit("/", charlie), "projects-empty")


def test_people(visit: Visit, alice: User, project: Project) -> None:
    page = visit(f"/p/{project.slug}/people", alice)
    page.get_by_role("button", name="Make a link").click()
    look(page, "people")


def test_settings(visit: Visit, alice: User, project: Project) -> None:
    page = visit(f"/p/{project.slug}/settings", alice)
    look(page, "settings")
    page.get_by_label("Verified labels are right with a probability of").fill("2")
    page.get_by_role("button", name="Save").click()
    look(page, "settings-refused")


def test_joining(visit: Visit, alice: User, charlie: User, project: Project) -> None:
    _, secret = actions.invite(actor=alice, project=project, role="annotator")
    look(visit(f"/join/{secret}"), "join-new")
    look(visit(f"/join/{secret}", charlie), "join-known")


def test_sign_in_and_me(visit: Visit, alice: User, project: Project) -> None:
    look(visit("/sign-in"), "sign-in")
    look(visit("/me", alice), "me")
    look(visit("/nowhere", alice), "no-such-page")


def test_the_api_by_key(visit: Visit, alice: User) -> None:
    page = visit("/api/", alice)
    page.locator("summary", has_text="uploads").press("Enter")
    expect(page.get_by_role("heading", name="POST /api/v1/projects/{slug}/uploads/zip")).to_be_visible()
    look(page, "api")


def test_a_chosen_theme_stays(visit: Visit, alice: User) -> None:
    page = visit("/", alice)
    page.emulate_media(color_scheme="light")
    page.get_by_text("alice").click()
    switch = page.get_by_role("button", name="Theme")
    expect(switch).to_have_text("Theme: system")
    for word in ("light", "dark"):
        switch.press("Enter")
        expect(switch).to_have_text(f"Theme: {word}")
    assert ground(page) < DARK
    page.reload()
    assert ground(page) < DARK
    page.get_by_text("alice").click()
    page.get_by_role("button", name="Theme").click()
    assert ground(page) > DARK
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Theme")).to_be_hidden()


def test_the_menu_on_a_phone_by_keyboard(visit: Visit, alice: User, project: Project) -> None:
    page = visit(f"/p/{project.slug}/people", alice, size="phone")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.get_by_text("Menu", exact=True).press("Enter")
    found = faults(page)
    assert not found, found
    page.screenshot(path=SHOTS / "menu-phone-light.png")
    page.get_by_role("link", name="Settings").press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Settings")


def test_joining_by_keyboard_alone(visit: Visit, alice: User, project: Project) -> None:
    _, secret = actions.invite(actor=alice, project=project, role="annotator")
    page = visit(f"/join/{secret}")
    page.get_by_label("Name to sign in with").focus()
    page.keyboard.type("dora")
    page.keyboard.press("Tab")
    page.keyboard.type("a quiet red lamp")
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Welcome to “Handwritten digits”.")).to_be_visible()
    assert project.members.get(user__username="dora").consented_at is not None


def test_sign_in_that_is_paused(visit: Visit, alice: User) -> None:
    page = visit("/sign-in")
    for _ in range(settings.AXES_FAILURE_LIMIT):
        page.get_by_label("Username").fill("alice")
        page.get_by_label("Password").fill("wrong")
        page.get_by_label("Password").press("Enter")
        page.wait_for_load_state()
    expect(page.get_by_role("alert")).to_have_text("Too many wrong passwords: wait 15 minutes, then try again.")
    look(page, "sign-in-paused")


def ground(page: Page) -> float:
    """How light the page's ground is, from 0 to 255, as it is painted."""
    file = io.BytesIO(page.screenshot(clip={"x": 4, "y": 400, "width": 1, "height": 1}))
    return float(Image.open(file).convert("L").getpixel((0, 0)))  # type: ignore[arg-type]  # one band, one number
