"""What the pages of the panel and of oneself do, by the API."""

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from labeling.projects.models import Project
from labeling.reports.audience import FEWEST_PEOPLE
from labeling.reports.models import Attribute, Declaration, PanelAnswer, PanelItem
from tests.factories import add
from tests.reports.test_panel import ITEMS, answers, crowd, group, panel, project

__all__ = ["project"]
JSON = "application/json"


@pytest.fixture
def api(project: Project) -> str:
    return f"/api/v1/projects/{project.slug}"


def test_what_one_says_of_oneself_and_takes_back(
    client: Client, alice: User, bob: User, charlie: User, project: Project, api: str
) -> None:
    add(project, bob)
    client.force_login(alice)
    made = client.post(f"{api}/attributes", {"name": "Age", "choices": ["young", "old"]}, JSON).json()
    assert client.post(f"{api}/attributes", {"name": "Age", "choices": ["one"]}, JSON).json()["field"] == "choices"
    mine = f"{api}/attributes/{made['id']}/mine"
    client.force_login(bob)
    assert client.post(f"{api}/attributes", {"name": "x", "choices": ["a", "b"]}, JSON).status_code == 403
    assert client.delete(f"{api}/attributes/{made['id']}").status_code == 403
    assert client.put(mine, {"value": "ancient"}, JSON).json()["field"] == "value"
    for _ in range(2):
        assert client.put(mine, {"value": "old"}, JSON).status_code == 204
    assert [row["mine"] for row in client.get(f"{api}/attributes").json()] == ["old"]
    client.force_login(alice)
    assert [row["mine"] for row in client.get(f"{api}/attributes").json()] == [""], "nobody else is shown it"
    client.force_login(charlie)
    for told in (client.get(f"{api}/attributes"), client.put(mine, {"value": "old"}, JSON), client.delete(mine)):
        assert told.status_code == 404
    client.force_login(bob)
    for _ in range(2):
        assert client.delete(mine).status_code == 204
    assert not Declaration.objects.exists()
    client.force_login(alice)
    for _ in range(2):
        assert client.delete(f"{api}/attributes/{made['id']}").status_code == 204
    assert not Attribute.objects.exists()


def test_the_panels_sample_and_answers(
    client: Client, alice: User, bob: User, charlie: User, project: Project, api: str
) -> None:
    add(project, bob)
    answers(project, bob, "cat")
    for user, status in ((bob, 403), (charlie, 404)):
        client.force_login(user)
        assert client.post(f"{api}/panel/sample", {"count": 2}, JSON).status_code == status
        assert client.get(f"{api}/panel").status_code == status
        assert client.get(f"{api}/audience").status_code == status
    client.force_login(alice)
    assert client.post(f"{api}/panel/sample", {"count": 0}, JSON).json()["field"] == "count"
    assert [client.post(f"{api}/panel/sample", {"count": 2}, JSON).json() for _ in range(2)] == [
        {"drawn": 2}, {"drawn": 0}
    ]  # fmt: skip
    dog = project.labels.get(name="dog").pk
    for left in (2, 1):
        told = client.get(f"{api}/panel").json()
        assert (told["left"], told["media"]) == (left, f"{api}/items/{told['item']}/media")
        given = {"panel_item": told["panel_item"], "label": dog}
        assert [client.post(f"{api}/panel", given, JSON).status_code for _ in range(2)] == [204, 204]
    assert client.get(f"{api}/panel").json() == {"left": 0, "panel_item": None, "item": None, "media": None}
    assert client.post(f"{api}/panel", {"panel_item": 0, "label": dog}, JSON).status_code == 404
    wrong = {"panel_item": PanelItem.objects.first().pk, "label": 0}  # type: ignore[union-attr]
    assert client.post(f"{api}/panel", wrong, JSON).json()["field"] == "label"
    assert PanelAnswer.objects.count() == 2


def test_the_audience_as_the_page_tells_it(
    client: Client, alice: User, person: Any, project: Project, api: str
) -> None:
    client.force_login(alice)
    assert client.get(f"{api}/audience").json()["groups"] == []
    made = client.post(f"{api}/attributes", {"name": "Age", "choices": ["young", "old"]}, JSON).json()
    people = crowd(project, person, {"young": FEWEST_PEOPLE})
    group(project, people["young"], "dog", Attribute.objects.get(pk=made["id"]), "young")
    assert client.get(f"{api}/audience").json()["items"] == 0
    panel(project, alice, person)
    told = client.get(f"{api}/audience").json()
    assert (told["items"], told["panel"], told["suppressed"]) == (ITEMS, 2, 0)
    young = next(row for row in told["groups"] if row["value"] == "young")
    assert young["overall"]["differs"] is True
    assert (young["classes"][0]["name"], young["classes"][0]["instead"]) == ("cat", "dog")
