"""Owners and experts may export; others may not."""

import pytest
from django.contrib.auth.models import User
from django.test import Client

from labeling.exports.api import EXPORTS
from labeling.projects.actions import change_role
from labeling.projects.models import Project, Role


@pytest.mark.parametrize("name", sorted(EXPORTS))
def test_outsider_learns_nothing_of_the_project(client: Client, charlie: User, project: Project, name: str) -> None:
    client.force_login(charlie)
    assert client.get(f"/api/v1/projects/animals/export/{name}").status_code == 404
    client.logout()
    assert client.get(f"/api/v1/projects/animals/export/{name}").status_code == 401


@pytest.mark.parametrize("name", sorted(EXPORTS))
def test_annotator_is_refused_and_expert_is_served(
    client: Client, alice: User, bob: User, project: Project, name: str
) -> None:
    client.force_login(bob)
    assert client.get(f"/api/v1/projects/animals/export/{name}").status_code == 403
    change_role(actor=alice, project=project, user=bob, role=Role.EXPERT)
    response = client.get(f"/api/v1/projects/animals/export/{name}")
    assert response.status_code == 200
    assert f'filename="animals-{name}"' in response["Content-Disposition"]
    assert b"".join(response) is not None


def test_unknown_export_names_the_known_ones(client: Client, alice: User, project: Project) -> None:
    client.force_login(alice)
    response = client.get("/api/v1/projects/animals/export/labels.xml")
    assert response.status_code == 404
    assert "labels.csv" in response.json()["reason"]


def test_exports_are_read_only(client: Client, alice: User, project: Project) -> None:
    client.force_login(alice)
    assert client.post("/api/v1/projects/animals/export/labels.csv").status_code == 405
