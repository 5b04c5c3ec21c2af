"""The anchoring page and its API: figures by person for the owner alone, and the manner set from there."""

import pytest
from django.contrib.auth.models import User
from django.test import Client

from labeling.assignments.actions import claim
from labeling.assignments.models import Viewing
from labeling.projects.models import Project
from tests.annotations.test_anchoring import copier, project
from tests.assignments.test_rules import honest, newcomer, work
from tests.factories import make_project
from tests.looks import Visit, chromium, look, visit

__all__ = ["chromium", "project", "visit"]


def client(user: User) -> Client:
    made = Client()
    made.force_login(user)
    return made


@pytest.mark.django_db
def test_the_owner_sees_each_person_and_sets_the_manner(
    project: Project, alice: User, bob: User, charlie: User
) -> None:
    work(project, bob, honest(project, 1), answers=60)
    api = f"/api/v1/projects/{project.slug}/anchoring"
    told = client(alice).get(api).json()
    assert [row["name"] for row in told["people"]] == ["bob"]
    assert 0 <= told["copying"]["low"] <= told["copying"]["value"] <= told["copying"]["high"] <= 1
    page = f"/p/{project.slug}/anchoring"
    for path in (api, page):
        assert client(bob).get(path).status_code == 403
        assert client(charlie).get(path).status_code == 404
    put = {"manner": "never"}
    assert client(bob).put(f"{api}/{bob.pk}", put, content_type="application/json").status_code == 403
    assert client(alice).put(f"{api}/{charlie.pk}", put, content_type="application/json").status_code == 404
    assert client(alice).put(f"{api}/{bob.pk}", {"manner": "x"}, content_type="application/json").status_code == 400
    assert client(alice).put(f"{api}/{bob.pk}", put, content_type="application/json").json()["manner"] == "never"
    assert client(alice).post(f"{page}/{bob.pk}", {"manner": "glance"}).status_code == 302
    assert Viewing.objects.get(user=bob).manner == "glance"
    client(alice).post(f"{page}/{bob.pk}", {"manner": "never"})
    assert {lease.arm for lease in claim(actor=bob, project=project, count=20)} == {"blind"}


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_anchoring_looks(visit: Visit, project: Project, alice: User, bob: User) -> None:
    dora = newcomer(project, "dora")
    work(project, bob, honest(project, 1), milliseconds=2000, answers=80)
    work(project, dora, copier(project, 2, 0.9), milliseconds=1000, answers=80)
    page = visit(f"/p/{project.slug}/anchoring", alice)
    look(page, "anchoring")
    page.get_by_label("How bob is shown suggestions").focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.get_by_role("status").wait_for()
    assert Viewing.objects.get(user=bob).manner == "glance"
    look(visit(f"/p/{make_project(alice, name='Fresh').slug}/anchoring", alice), "anchoring-empty")
