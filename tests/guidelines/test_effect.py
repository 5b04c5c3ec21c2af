"""What an owner does on these pages shows in the next claim."""

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from rest_framework.test import APIClient

from labeling.guidelines.models import Draft
from labeling.items.actions import add_file, derive_waiting
from labeling.projects.models import Project
from tests.factories import add, make_project
from tests.guidelines.test_pages import confirm, form, publish
from tests.pictures import png


@pytest.fixture
def project(alice: User, bob: User) -> Project:
    made = make_project(alice, classes=("cat", "dog", "fox"))
    add(made, bob)
    for shade in range(5):
        outcome = add_file(actor=alice, project=made, name=f"{shade}.png", data=png(40 * shade))
        assert outcome.item is not None
    derive_waiting(project=made)
    return made


@pytest.fixture
def owner(client: Client, alice: User) -> Client:
    client.force_login(alice)
    return client


def ask(user: User, project: Project, what: str, **body: Any) -> Any:
    """What bob's device is told."""
    device = APIClient()
    device.force_authenticate(user)
    path = f"/api/v1/projects/{project.slug}/{what}"
    return device.get(path).json() if what == "work" else device.post(path, body, format="json").json()


def test_an_edit_of_the_guideline_is_what_the_next_claim_shows(owner: Client, bob: User, project: Project) -> None:
    assert ask(bob, project, "claim", count=1)["leases"][0]["guideline_version"] == 1
    publish(owner, project, question="Cat or dog?", text="By the *tail*.")
    assert ask(bob, project, "claim", count=1)["leases"][0]["guideline_version"] == 2
    told = ask(bob, project, "work")
    assert (told["question"], told["guideline"]["number"]) == ("Cat or dog?", 2)
    assert "<em>tail</em>" in told["guideline"]["text_html"]


def test_a_retired_class_is_no_longer_offered(owner: Client, bob: User, project: Project) -> None:
    sent = form(project)
    sent["class_name"][2] = ""
    publish(owner, project, **sent)
    assert [label["name"] for label in ask(bob, project, "work")["labels"]] == ["cat", "dog", "Not sure"]


def test_a_class_with_answers_is_retired_only_once_the_owner_has_seen_how_many(
    owner: Client, bob: User, project: Project
) -> None:
    fox = project.labels.get(name="fox")
    lease = ask(bob, project, "claim", count=1)["leases"][0]["id"]
    answer = {
        "lease": lease, "key": "6a1f9f0e-6d0e-4b6e-8d6e-0d4c7f1f7a11", "label": fox.pk, "milliseconds": 900,
        "answered_at": "2026-01-01T00:00:00Z",
    }  # fmt: skip
    assert ask(bob, project, "submit", answers=[answer])["results"][0]["status"] == "stored"
    sent = form(project)
    sent["class_name"][2] = ""
    page = publish(owner, project, **sent)
    assert "“fox” is in use (annotation 1" in page
    assert 'name="retire_in_use"' in page
    fox.refresh_from_db()
    assert fox.retired_at is None
    confirm(owner, project, retire_in_use="on")
    fox.refresh_from_db()
    assert fox.retired_at is not None


def test_a_removed_annotator_claims_nothing_more(owner: Client, bob: User, project: Project) -> None:
    assert ask(bob, project, "claim", count=1)["leases"]
    owner.post(f"/p/{project.slug}/people/{bob.pk}/remove")
    assert ask(bob, project, "claim", count=1)["type"] == "not-found"
    owner.post(f"/p/{project.slug}/people/{bob.pk}/bring-back")
    assert ask(bob, project, "claim", count=1)["leases"]


def test_a_version_taken_back_asks_the_older_question_again(owner: Client, bob: User, project: Project) -> None:
    publish(owner, project, question="Cat or dog?")
    assert ask(bob, project, "work")["question"] == "Cat or dog?"
    owner.post(f"/p/{project.slug}/guideline/2/withdraw")
    told = ask(bob, project, "work")
    assert (told["question"], told["guideline"]["number"]) == ("Which animal is this?", 3)
    assert ask(bob, project, "claim", count=1)["leases"][0]["guideline_version"] == 3


def test_a_draft_thrown_away_is_never_told(owner: Client, alice: User, bob: User, project: Project) -> None:
    owner.post(f"/p/{project.slug}/guideline/edit", form(project, question="Cat or dog?"))
    draft = Draft.objects.get(project=project)
    owner.post(f"/p/{project.slug}/guideline/discard", {"revision": draft.revision})
    assert not Draft.objects.filter(project=project).exists()
    assert ask(bob, project, "work")["question"] == "Which animal is this?"
