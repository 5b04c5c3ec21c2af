"""Every page of the room in Chromium: seen by axe, wide and narrow, light and dark, and used by keyboard alone."""

import pytest
from django.contrib.auth.models import User

from labeling.projects import actions
from labeling.projects.models import Project
from tests.factories import add, make_project
from tests.looks import Visit, look

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
    page.get_by_label("Verified at a probability of").fill("2")
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
