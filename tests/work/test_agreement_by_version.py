"""Whether people agreed more once the guideline changed: on its page and by the API, for owners alone."""

from collections.abc import Callable
from uuid import uuid4

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from labeling.annotations.actions import Answer
from labeling.assignments.actions import claim
from labeling.consensus.actions import renew
from labeling.guidelines.actions import What, edit
from labeling.projects.models import Project
from labeling.work.actions import submit
from tests.factories import add, make_items, make_project

ITEMS = 6


@pytest.fixture
def project(alice: User, bob: User, charlie: User) -> Project:
    made = make_project(alice, target=0.99, answer_limit=20, heldout_answers=20, heldout_share=0.0)
    for user in (bob, charlie):
        add(made, user)
    make_items(made, ITEMS, heldout=ITEMS)
    return made


def answer(project: Project, user: User, dogs: int) -> None:
    """Of all items the first ones are dogs, the others cats."""
    cat, dog = (project.labels.get(name=name).pk for name in ("cat", "dog"))
    leases = sorted(claim(actor=user, project=project, count=ITEMS), key=lambda lease: lease.item_id)
    assert len(leases) == ITEMS
    rows = [
        Answer(lease.pk, uuid4(), dog if at < dogs else cat, None, 900, timezone.now())
        for at, lease in enumerate(leases)
    ]
    assert all(result.annotation for result in submit(actor=user, project=project, answers=rows))


def test_agreement_before_and_after(client: Client, alice: User, bob: User, charlie: User, project: Project) -> None:
    address = f"/api/v1/projects/{project.slug}/guideline/agreement"
    client.force_login(alice)
    assert client.get(address).json() == []
    assert "No answers yet" in client.get(f"/p/{project.slug}/guideline/agreement").content.decode()
    for user, dogs in ((bob, 1), (charlie, 5)):
        answer(project, user, dogs)
    edit(actor=alice, project=project, base_number=1, text="By the ears.", what=What("all"))
    renew(project=project)
    for user in (bob, charlie):
        answer(project, user, 3)
    after, before = client.get(address).json()
    assert [(row["number"], row["answers"], row["fresh"], row["people"]) for row in (before, after)] == [
        (1, 2 * ITEMS, 0, 2), (2, 2 * ITEMS, 2 * ITEMS, 2)
    ]  # fmt: skip
    assert after["alpha"] == pytest.approx(1.0)
    assert before["alpha"] < 0.2
    page = client.get(f"/p/{project.slug}/guideline/agreement").content.decode()
    assert "1.00" in page
    for name in ("page", "api"):
        client.force_login(bob)
        path = address if name == "api" else f"/p/{project.slug}/guideline/agreement"
        assert client.get(path).status_code == 403


def test_outsiders_learn_nothing(client: Client, project: Project, person: "Callable[[str], User]") -> None:
    client.force_login(person("dora"))
    assert client.get(f"/api/v1/projects/{project.slug}/guideline/agreement").status_code == 404
