"""Pages of large projects: their frame at once, kept figures with their time, fresh ones for the asking."""

import pytest
from django.contrib.auth.models import User
from django.test import Client
from playwright.sync_api import expect

from labeling.figures.models import KeptFigure
from labeling.figures.reads import FIGURES
from labeling.figures.tasks import count_page
from labeling.projects.models import Project
from labeling.studio.tasks import keep_figures
from tests.factories import add
from tests.looks import Visit, look

pytestmark = pytest.mark.django_db
ADDRESSES = {
    "overview": "", "quality": "quality", "rules": "rules", "hours": "hours", "exports": "export",
    "anchoring": "anchoring", "guideline-agreement": "guideline/agreement", "items": "items", "model": "model",
}  # fmt: skip


def worker(project: Project) -> None:
    """Whatever was asked for."""
    for name in FIGURES:
        count_page(project.pk, name, "")


def test_each_page_is_a_frame_first_and_then_itself_with_its_time(
    large: Project, alice: User, client: Client
) -> None:
    assert {*ADDRESSES, "label"} == {figure.page for figure in FIGURES.values()}
    client.force_login(alice)
    for address in ADDRESSES.values():
        answer = client.get(f"/p/{large.slug}/{address}")
        assert (answer.status_code, "Being counted" in answer.content.decode()) == (202, True), address
    worker(large)
    for address in ADDRESSES.values():
        answer = client.get(f"/p/{large.slug}/{address}")
        assert (answer.status_code, "Count again" in answer.content.decode()) == (200, True), address


def test_a_small_projects_pages_are_there_at_once(project: Project, alice: User, client: Client) -> None:
    client.force_login(alice)
    for address in ADDRESSES.values():
        answer = client.get(f"/p/{project.slug}/{address}")
        assert (answer.status_code, "Count again" in answer.content.decode()) == (200, False), address


def test_a_part_of_a_page_that_is_there_already_stays(large: Project, alice: User, client: Client) -> None:
    client.force_login(alice)
    assert client.get(f"/p/{large.slug}/", headers={"HX-Request": "true"}).status_code == 204


def test_the_owner_asks_for_fresh_figures(large: Project, alice: User, client: Client) -> None:
    worker(large)
    client.force_login(alice)
    answer = client.post(f"/p/{large.slug}/figures/overview/want/")
    assert answer.headers["Location"] == f"/p/{large.slug}/"
    assert "being counted anew" in client.get(f"/p/{large.slug}/").content.decode()
    assert client.get(f"/p/{large.slug}/figures/overview/").json()["counting"]
    while keep_figures():
        pass
    assert "Count again" in client.get(f"/p/{large.slug}/").content.decode()
    assert not client.get(f"/p/{large.slug}/figures/overview/").json()["counting"]


def test_programs_are_told_to_ask_again(large: Project, alice: User, client: Client) -> None:
    client.force_login(alice)
    answer = client.get(f"/api/v1/projects/{large.slug}/quality")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "2")
    assert answer.json()["type"] == "being-counted"
    assert client.get(f"/api/v1/projects/{large.slug}/figures/quality").json()["counted_at"] is None
    worker(large)
    assert client.get(f"/api/v1/projects/{large.slug}/quality").status_code == 200
    assert client.get(f"/api/v1/projects/{large.slug}/figures/quality").json()["counted_at"]
    assert client.post(f"/api/v1/projects/{large.slug}/figures/quality").json()["counting"]


def test_others_may_not_ask(large: Project, bob: User, charlie: User, client: Client) -> None:
    add(large, bob)
    for person, status in ((bob, 403), (charlie, 404)):
        client.force_login(person)
        assert client.post(f"/p/{large.slug}/figures/overview/want/").status_code == status
        assert client.get(f"/p/{large.slug}/figures/overview/").status_code == status
        assert client.post(f"/api/v1/projects/{large.slug}/figures/overview").status_code == status
        assert client.get(f"/p/{large.slug}/").status_code == status
    assert not KeptFigure.objects.filter(wanted_at__isnull=False).exists()


def test_pages_without_figures_are_not_found(large: Project, alice: User, client: Client) -> None:
    client.force_login(alice)
    assert client.post(f"/p/{large.slug}/figures/nothing/want/").status_code == 404
    assert client.post(f"/api/v1/projects/{large.slug}/figures/nothing").status_code == 404


@pytest.mark.django_db(transaction=True)
def test_the_frame_becomes_the_page_by_itself(large: Project, alice: User, visit: Visit) -> None:
    page = visit(f"/p/{large.slug}/quality", alice)
    expect(page.get_by_role("heading", level=1)).to_have_text("Being counted")
    look(page, "being-counted")
    count_page(large.pk, "quality.judged", "")
    expect(page.get_by_role("heading", level=1)).to_have_text("Quality")
    look(page, "kept-quality")
    page.get_by_role("button", name="Count again").click()
    expect(page.get_by_text("being counted anew")).to_be_visible()
    count_page(large.pk, "quality.judged", "")
    page.get_by_role("link", name="Show fresh figures").click()
    expect(page.get_by_role("button", name="Count again")).to_be_visible()
