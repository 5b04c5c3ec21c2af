"""The ways through a project: everybody sees their own, owners under headings with the page's own open."""

import re

import pytest
from django.contrib.auth.models import User
from django.test import Client

from labeling.oz.actions import drafting
from labeling.oz.models import Part
from labeling.projects.models import Project, Role
from tests.factories import add, make_project, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def project(alice: User, bob: User) -> Project:
    made = make_project(alice)
    add(made, bob)
    return made


def menu(user: User, project: Project, page: str = "guideline") -> str:
    """The first of the page's two equal lists: the phone's."""
    client = Client()
    client.force_login(user)
    shown = client.get(f"/p/{project.slug}/{page}").content.decode()
    return shown[shown.index("<nav"):shown.index("</nav>")]


def words(menu: str) -> list[str]:
    return [word.strip() for word in re.findall(r"<a [^>]*>([^<]*)", menu)]


def test_an_annotator_sees_three_ways_and_no_headings(bob: User, project: Project) -> None:
    shown = menu(bob, project)
    assert words(shown) == ["Label", "Guideline", "Questions"]
    assert "<details" not in shown


def test_an_expert_sees_theirs_without_headings(project: Project) -> None:
    erna = make_user("erna")
    add(project, erna, Role.EXPERT)
    shown = menu(erna, project)
    assert words(shown) == ["Label", "Review", "Guideline", "Questions", "Panel", "Gold"]
    assert "<details" not in shown


def test_experiments_are_shown_to_those_with_a_part_in_one(alice: User, bob: User, project: Project) -> None:
    experiment = drafting.draft(actor=alice, project=project, name="First", goal="Find the question.")
    assert "Experiments" not in words(menu(bob, project))
    drafting.seat(actor=alice, experiment=experiment, user=bob, part=Part.WIZARD)
    assert "Experiments" in words(menu(bob, project))


@pytest.mark.parametrize(
    ("page", "heading"), [("items", "Data"), ("people", "Project"), ("model", "Model")]
)
def test_an_owner_finds_the_pages_own_heading_open(page: str, heading: str, alice: User, project: Project) -> None:
    shown = menu(alice, project, page)
    headings = re.findall(r'<details class="ways"( open)?><summary>([^<]*)', shown)
    assert [word for _, word in headings] == ["Work", "Data", "Model", "Project"]
    assert [word for opened, word in headings if opened] == [heading]
    assert shown.count('aria-current="page"') == 1
