"""The labeling page's frame: how close its answers stand on a phone, and what it says before anything was brought."""

from collections.abc import Sequence

import pytest
from django.contrib.auth.models import User
from django.test import Client

from labeling.projects.models import Label, LabelRole
from labeling.work.pages import columns
from tests.factories import make_items, make_project

DIGITS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")


@pytest.mark.parametrize(
    ("names", "wanted"),
    [
        (("cat", "dog"), 2), (DIGITS, 4), ((*DIGITS, "elephants"), 3), ((*DIGITS, "rhinoceros"), 2),
    ],
)  # fmt: skip
def test_many_answers_with_short_names_stand_closer(names: Sequence[str], wanted: int) -> None:
    labels = [Label(name=name) for name in names] + [Label(name="None of these", role=LabelRole.NONE)]
    assert columns(labels) == wanted


@pytest.mark.django_db
def test_a_project_without_items_is_not_called_done(client: Client, alice: User) -> None:
    project = make_project(alice)
    client.force_login(alice)
    assert "Nothing to label yet" in client.get(f"/p/{project.slug}/label").content.decode()
    make_items(project, 1)
    shown = client.get(f"/p/{project.slug}/label").content.decode()
    assert "Nothing to label yet" not in shown
    assert "All done" in shown


@pytest.mark.django_db
def test_my_projects_tell_how_much_is_left(client: Client, alice: User) -> None:
    make_items(make_project(alice), 3)
    make_project(alice, name="Later")
    client.force_login(alice)
    shown = client.get("/").content.decode()
    assert shown.count("about 10 left") == shown.count("nothing left") == 1
