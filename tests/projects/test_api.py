"""The API of projects, guidelines and people: works, refuses outsiders and bad input, is safe done twice."""

from typing import Any

import pytest
from django.contrib.auth.models import User
from rest_framework.test import APIClient

from labeling.guidelines.actions import edit
from labeling.projects.models import Member, Project
from tests.factories import add, make_project

API = "/api/v1/projects"
PETS = {
    "name": "Pets", "medium": "image", "question": "Which?", "classes": [{"name": "cat"}, {"name": "dog", "key": "d"}],
    "with_none": True, "text": "Ears.", "target": 0.9,
}  # fmt: skip


def by(user: User) -> APIClient:
    """A program that acts as this person."""
    client = APIClient(raise_request_exception=True)
    client.force_authenticate(user)
    return client


@pytest.fixture
def project(alice: User, bob: User) -> Project:
    made = make_project(alice)
    add(made, bob)
    return made


def test_a_project_is_made_listed_and_read(alice: User) -> None:
    made = by(alice).post(API, PETS, format="json")
    assert (made.status_code, made.json()["slug"], made.json()["target"]) == (201, "pets", 0.9)
    listed = by(alice).get(API).json()
    assert [(each["project"], each["role"]) for each in listed["results"]] == [("pets", "owner")]
    labels = by(alice).get(f"{API}/pets/labels").json()["results"]
    assert [(each["name"], each["key"]) for each in labels] == [
        ("cat", "1"), ("dog", "d"), ("None of these", "n"), ("Not sure", "s"),
    ]  # fmt: skip
    assert by(alice).get(f"{API}/pets/guideline").json()["results"][0]["text"] == "Ears."


@pytest.mark.parametrize(
    ("change", "field", "reason"),
    [
        ({"classes": [{"name": "cat"}]}, "classes", "at least two classes"),
        ({"classes": []}, "classes", "at least two classes"),
        ({"medium": "smell"}, "medium", "not a valid choice"),
        ({"target": 2}, "target", "between 0.5 and 1"),
        ({"slug": "not a slug"}, "slug", "valid"),
        ({"name": ""}, "name", "blank"),
    ],
)
def test_bad_input_is_refused_by_field(alice: User, change: dict[str, Any], field: str, reason: str) -> None:
    answer = by(alice).post(API, PETS | change, format="json")
    assert (answer.status_code, answer.json()["field"]) == (400, field)
    assert reason in answer.json()["reason"]
    assert not Project.objects.exists()


def test_nobody_signed_in_is_401(project: Project) -> None:
    for path in (API, f"{API}/{project.slug}", "/api/v1/me"):
        assert APIClient().get(path).status_code == 401


def test_outsiders_get_404_and_annotators_403(project: Project, bob: User, charlie: User) -> None:
    for path in ("", "/labels", "/members", "/invitations", "/guideline", "/guideline/1"):
        assert by(charlie).get(f"{API}/{project.slug}{path}").status_code == 404
    for path in ("", "/labels", "/guideline", "/guideline/1"):
        assert by(bob).get(f"{API}/{project.slug}{path}").status_code == 200
    for path in ("/members", "/invitations"):
        assert by(bob).get(f"{API}/{project.slug}{path}").status_code == 403
    assert by(bob).patch(f"{API}/{project.slug}", {"name": "x"}).status_code == 403
    assert by(bob).delete(f"{API}/{project.slug}").status_code == 403
    assert by(bob).post(f"{API}/{project.slug}/guideline", {"base_number": 1, "text": "x"}).status_code == 403


def test_settings_change(project: Project, alice: User) -> None:
    for _ in range(2):
        changed = by(alice).patch(f"{API}/{project.slug}", {"answer_limit": 9}, format="json")
        assert changed.json()["answer_limit"] == 9
    assert by(alice).delete(f"{API}/{project.slug}").status_code == 204
    assert by(alice).get(f"{API}/{project.slug}").status_code == 404


def test_a_guideline_edit_and_a_conflict_that_carries_both(project: Project, alice: User, bob: User) -> None:
    path = f"{API}/{project.slug}/guideline"
    for _ in range(2):
        written = by(alice).post(path, {"base_number": 1, "text": "Tails."}, format="json")
        assert (written.status_code, written.json()["number"]) == (201, 2)
    edit(actor=bob, project=project, base_number=2, text="By bob.")
    refused = by(alice).post(path, {"base_number": 2, "text": "By alice."}, format="json")
    assert refused.status_code == 409
    assert {key: refused.json()[key] for key in ("type", "number", "text")} == {
        "type": "edited-meanwhile", "number": "3", "text": "By bob.",
    }  # fmt: skip
    assert by(alice).get(f"{path}/2").json()["text"] == "Tails."


def test_members_and_links(project: Project, alice: User, bob: User, charlie: User) -> None:
    people, path = by(alice), f"{API}/{project.slug}"
    link = people.post(f"{path}/invitations", {"role": "expert"}).json()["link"]
    secret = link.rsplit("/", 1)[1]
    assert secret not in str(people.get(f"{path}/invitations").json())
    for _ in range(2):
        assert by(charlie).post(f"/api/v1/join/{secret}", {}).json()["role"] == "expert"
    member = f"{path}/members/{charlie.pk}"
    assert people.patch(member, {"role": "annotator"}).json()["role"] == "annotator"
    assert people.delete(member).status_code == 204
    assert by(charlie).get(path).status_code == 404
    assert people.post(member).json()["role"] == "annotator"
    assert [row["username"] for row in people.get(f"{path}/members").json()["results"]] == ["alice", "bob", "charlie"]
    assert by(bob).delete(f"{path}/members/{bob.pk}").status_code == 204, "one may leave"
    assert by(charlie).delete(f"{path}/members/{alice.pk}").status_code == 403
    assert people.delete(f"{path}/members/{alice.pk}").status_code == 409
    assert people.delete(f"{path}/members/{10**9}").status_code == 404
    assert Member.objects.filter(project=project, removed_at=None).count() == 2


def test_a_revoked_link(project: Project, alice: User, charlie: User) -> None:
    path = f"{API}/{project.slug}/invitations"
    made = by(alice).post(path, {}).json()
    assert by(alice).delete(f"{path}/{made['id']}").status_code == 204
    assert by(alice).delete(f"{path}/{made['id'] + 1}").status_code == 404
    answer = by(charlie).post(f"/api/v1/join/{made['link'].rsplit('/', 1)[1]}", {})
    assert (answer.status_code, answer.json()["field"]) == (403, "secret")
