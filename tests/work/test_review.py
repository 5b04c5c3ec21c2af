"""Disputed items before an expert: who gets them, what they are told, and what a decision does."""

import uuid
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client

from labeling.annotations.models import Annotation
from labeling.assignments.actions import admit_ready, claim
from labeling.assignments.models import Arm, Lease, LeaseState
from labeling.consensus.actions import discount
from labeling.consensus.models import Consensus, Verdict
from labeling.items.models import Item
from labeling.projects.models import Label, Project
from tests.consensus.test_consensus import say, suggest
from tests.factories import add, make_items, make_project, make_user
from tests.work.people import Annotator


def disputed_project(owner: User, count: int, *, heldout: int = 0) -> tuple[Project, list[Item]]:
    """Bob and dora disagree about every item; with two annotators, that is the limit."""
    project = make_project(owner, heldout_share=0.0)
    bob, dora = (User.objects.filter(username=name).first() or make_user(name) for name in ("bob", "dora"))
    for user in (bob, dora):
        add(project, user)
    items = make_items(project, count, heldout=heldout)
    admit_ready(project=project)
    for item in items:
        say(item, bob, "cat")
        assert say(item, dora, "dog").verdict == Verdict.DISPUTED
    return project, items


def review(user: User, project: Project, count: int = 1) -> dict[str, Any]:
    answer = Annotator(user, project).post("review", {"count": count})
    assert answer.status_code == 200, answer.content
    told: dict[str, Any] = answer.json()
    return told


@pytest.mark.django_db
def test_expert_gets_a_disputed_item_with_all_that_was_said(alice: User, bob: User) -> None:
    project, [item] = disputed_project(alice, 1)
    suggest(item, "dog", 0.8)
    told = review(alice, project)
    [lease] = told["leases"]
    assert (told["left"], told["state"], lease["item"]["id"]) == (1, "work", item.pk)
    assert [(one["who"], one["said"], one["counts"]) for one in lease["review"]["answers"]] == [
        ("bob", "cat", True), ("dora", "dog", True),
    ]  # fmt: skip
    assert 0.5 < lease["review"]["answers"][0]["right"] <= 1
    assert {row["name"] for row in lease["review"]["posterior"]} == {"cat", "dog"}
    assert sum(row["probability"] for row in lease["review"]["posterior"]) == pytest.approx(1, abs=1e-3)
    assert (lease["suggestion"]["name"], lease["suggestion"]["confidence"]) == ("dog", 0.8)
    row = Lease.objects.get(pk=lease["id"])
    assert (row.settles, row.arm, row.arm_probability) == (True, Arm.SUGGESTED, 1.0)


@pytest.mark.django_db
def test_decision_is_an_ordinary_answer_that_settles(alice: User, bob: User) -> None:
    project, [item] = disputed_project(alice, 1)
    [lease] = review(alice, project)["leases"]
    expert = Annotator(alice, project)
    dog = Label.objects.get(project=project, name="dog").pk
    assert expert.answer(lease, dog)["status"] == "stored"
    row = Consensus.objects.get(item=item)
    assert (row.verdict, row.label_id, row.by_expert) == (Verdict.VERIFIED, dog, True)
    assert review(alice, project) == {"leases": [], "left": 0, "state": "done"}
    key = Annotation.objects.latest("id").key
    again = expert.post("undo", {"key": str(key)})
    assert again.json()["lease"]["id"] == lease["id"]
    assert Consensus.objects.get(item=item).verdict == Verdict.DISPUTED


@pytest.mark.django_db
def test_model_keeps_silent_on_held_out_items(alice: User, bob: User) -> None:
    project, [item] = disputed_project(alice, 1, heldout=1)
    suggest(item, "dog", 0.9)
    [lease] = review(alice, project)["leases"]
    assert (lease["suggestion"], lease["review"]["heldout"]) == (None, True)
    assert Lease.objects.get(pk=lease["id"]).arm == Arm.BLIND


@pytest.mark.django_db
def test_answer_that_weighs_nothing_is_shown_as_such(alice: User, bob: User) -> None:
    project, [item] = disputed_project(alice, 1)
    eve = make_user("eve")
    add(project, eve)
    say(item, eve, "cat")
    discount(actor=alice, project=project, user=eve)
    [lease] = review(alice, project)["leases"]
    assert [one["counts"] for one in lease["review"]["answers"]] == [True, True, False]


@pytest.mark.django_db
def test_annotators_and_outsiders_are_refused_and_bad_counts_too(alice: User, bob: User, charlie: User) -> None:
    project, _ = disputed_project(alice, 1)
    for user, status in ((bob, 403), (charlie, 404)):
        assert Annotator(user, project).post("review", {"count": 1}).status_code == status
        assert Annotator(user, project).client.get(f"/api/v1/projects/{project.slug}/review").status_code == status
        assert Annotator(user, project).client.get(f"/p/{project.slug}/review").status_code == status
    assert Client().get(f"/p/{project.slug}/review").status_code == 302
    for count in (0, 21, "many"):
        assert Annotator(alice, project).post("review", {"count": count}).status_code == 400
    assert claim(actor=bob, project=project, count=5) == []


@pytest.mark.django_db
def test_rail_tells_experts_how_many_are_disputed(alice: User, bob: User) -> None:
    project, _ = disputed_project(alice, 3)
    erna = make_user("erna")
    add(project, erna, "expert")
    for user, seen in ((alice, True), (erna, True), (bob, False)):
        shown = Annotator(user, project).client.get(f"/p/{project.slug}/guideline").content.decode()
        assert (f'/p/{project.slug}/review"' in shown) == seen
        assert ('<span class="badge">3</span>' in shown) == seen


@pytest.mark.django_db
def test_skipped_item_does_not_come_back_to_the_same_expert(alice: User, bob: User) -> None:
    project, _ = disputed_project(alice, 1)
    [lease] = review(alice, project)["leases"]
    body = {"lease": lease["id"], "key": str(uuid.uuid4()), "reason": "unclear", "note": ""}
    assert Annotator(alice, project).post("skip", body).status_code == 200
    assert review(alice, project)["state"] == "nothing-now"


@pytest.mark.django_db(transaction=True)
def test_two_experts_at_once_never_get_the_same_item(alice: User, bob: User) -> None:
    project, items = disputed_project(alice, 8)
    erna = make_user("erna")
    add(project, erna, "expert")

    def take(user: User) -> list[int]:
        try:
            return [lease["item"]["id"] for lease in review(user, project, 5)["leases"]]
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        first, second = pool.map(take, (alice, erna))
    assert set(first).isdisjoint(second)
    assert len(first) + len(second) == len(items)
    assert Lease.objects.filter(state=LeaseState.OPEN).count() == len(items)
