"""Items handed out again by the owner: one more answer is wanted, whatever the verdict, until it comes."""

import uuid
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from typing import Any
from unittest.mock import patch

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.utils import timezone

from labeling.annotations.actions import Answer
from labeling.annotations.models import Annotation, Skip
from labeling.assignments.actions import admit_ready, claim
from labeling.assignments.models import Audience, Clearance, Lease, QueueEntry
from labeling.consensus.actions import refit, requeue
from labeling.consensus.models import Consensus, Verdict
from labeling.errors import BadInput
from labeling.items.models import Item
from labeling.projects.models import Label, Project
from labeling.work.actions import skip, submit, undo
from tests.consensus.test_consensus import say
from tests.consensus.test_discount import people
from tests.factories import make_items, make_project, make_user


def verified_item(project: Project, crowd: list[User]) -> Item:
    [item] = make_items(project, 1)
    admit_ready(project=project)
    for user in crowd:
        say(item, user, "cat")
    assert Consensus.objects.get(item=item).verdict == Verdict.VERIFIED
    return item


def answer(lease: Lease, name: str) -> Consensus:
    label = Label.objects.get(project=lease.project, name=name)
    said = Answer(lease.pk, uuid.uuid4(), label.pk, None, 900, timezone.now())
    [result] = submit(actor=lease.user, project=lease.project, answers=[said])
    assert result.status == "stored", result
    return Consensus.objects.get(item=lease.item_id)


def post(user: User, project: Project, what: str, data: dict[str, Any], *, method: str = "post") -> Any:
    client = Client()
    client.force_login(user)
    return getattr(client, method)(f"/api/v1/projects/{project.slug}/{what}", data, content_type="application/json")


@pytest.mark.django_db
def test_verified_item_wants_one_more_answer_even_after_a_full_pass(alice: User) -> None:
    project, crowd = people(alice, 4)
    item = verified_item(project, crowd[:2])
    assert requeue(actor=alice, project=project, item_ids=[item.pk]) == 1
    refit(project=project)
    row = Consensus.objects.get(item=item)
    assert (row.verdict, row.verified_at) == (Verdict.OPEN, None)
    [lease] = claim(actor=crowd[2], project=project, count=3)
    assert lease.item_id == item.pk
    assert claim(actor=crowd[3], project=project, count=3) == []
    assert answer(lease, "cat").verdict == Verdict.VERIFIED
    refit(project=project)
    assert Consensus.objects.get(item=item).verdict == Verdict.VERIFIED
    assert Annotation.objects.count() == 3


@pytest.mark.django_db
def test_taking_the_new_answer_back_leaves_the_wish_open(alice: User) -> None:
    project, crowd = people(alice, 4)
    item = verified_item(project, crowd[:2])
    requeue(actor=alice, project=project, item_ids=[item.pk])
    [lease] = claim(actor=crowd[2], project=project, count=1)
    assert answer(lease, "cat").verdict == Verdict.VERIFIED
    undo(actor=crowd[2], project=project, key=Annotation.objects.latest("id").key)
    assert Consensus.objects.get(item=item).verdict == Verdict.OPEN


@pytest.mark.django_db
def test_item_that_all_have_answered_goes_to_an_expert(alice: User) -> None:
    project, crowd = people(alice, 2)
    item = verified_item(project, crowd)
    requeue(actor=alice, project=project, item_ids=[item.pk])
    entry = QueueEntry.objects.get(item=item)
    assert (entry.wanted, entry.audience) == (1, Audience.EXPERT)
    assert [lease.settles for lease in claim(actor=alice, project=project, count=1)] == [True]


@pytest.mark.django_db
def test_skipped_item_goes_to_the_same_person_again(alice: User) -> None:
    project, (one, two) = people(alice, 2)
    [item] = make_items(project, 1)
    admit_ready(project=project)
    [lease] = claim(actor=one, project=project, count=1)
    skip(actor=one, project=project, lease_id=lease.pk, key=uuid.uuid4(), reason="unclear", note="")
    assert claim(actor=one, project=project, count=1) == []
    answer = post(alice, project, "requeue", {"which": "skipped"})
    assert (answer.status_code, answer.json()) == (200, {"requeued": 1})
    assert [lease.item_id for lease in claim(actor=one, project=project, count=1)] == [item.pk]
    assert Skip.objects.count() == 1
    assert claim(actor=two, project=project, count=1) == []


@pytest.mark.django_db
def test_one_persons_items_and_disputed_ones(alice: User) -> None:
    project, crowd = people(alice, 4)
    first, second = make_items(project, 2)
    admit_ready(project=project)
    for user in crowd[:2]:
        say(first, user, "cat")
    for user in crowd[2:]:
        say(second, user, "dog")
    assert post(alice, project, "requeue", {"person": crowd[0].pk}).json() == {"requeued": 1}
    assert Consensus.objects.get(item=first).verdict == Verdict.OPEN
    assert Consensus.objects.get(item=second).verdict == Verdict.VERIFIED
    assert post(alice, project, "requeue", {"which": "disputed"}).status_code == 400


@pytest.mark.django_db
def test_refuses_annotators_outsiders_and_what_makes_no_sense(alice: User, charlie: User) -> None:
    project, crowd = people(alice, 2)
    item = verified_item(project, crowd)
    other = make_project(make_user("dora"), name="Others")
    [theirs] = make_items(other, 1)
    admit_ready(project=other)
    body = {"items": [item.pk]}
    assert post(crowd[0], project, "requeue", body).status_code == 403
    assert post(charlie, project, "requeue", body).status_code == 404
    bad: dict[str, Any]
    for bad in ({}, {"which": "all"}, {"items": []}, {"items": [item.pk], "which": "verified"}, {"items": ["x"]}):
        assert post(alice, project, "requeue", bad).status_code == 400
    with pytest.raises(BadInput):
        requeue(actor=alice, project=project, item_ids=[theirs.pk])


@pytest.mark.django_db
def test_more_than_is_done_at_once_is_refused_with_what_to_do(alice: User) -> None:
    project, crowd = people(alice, 2)
    item = verified_item(project, crowd)
    most = patch.object(import_module("labeling.consensus.actions.requeue"), "MOST", 1)
    with most, pytest.raises(BadInput, match="These are 2 items, and at most 1 "):
        requeue(actor=alice, project=project, item_ids=[item.pk, item.pk + 1])


@pytest.mark.django_db
def test_only_the_owner_discounts_a_member_over_http(alice: User, charlie: User) -> None:
    project, crowd = people(alice, 2)
    what = f"members/{crowd[0].pk}/discount"
    assert post(crowd[1], project, what, {}).status_code == 403
    assert post(charlie, project, what, {}).status_code == 404
    assert post(alice, project, f"members/{charlie.pk}/discount", {}).status_code == 404
    assert post(alice, project, what, {}).json()["discounted_at"] is not None
    assert post(alice, project, what, {}, method="delete").json()["discounted_at"] is None


@pytest.mark.django_db(transaction=True)
def test_twice_and_two_at_once_want_one_answer_only(alice: User) -> None:
    project, crowd = people(alice, 4)
    item = verified_item(project, crowd[:2])

    def again(_: int) -> int:
        try:
            return requeue(actor=alice, project=project, item_ids=[item.pk])
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(again, range(2))) == [1, 1]
    assert QueueEntry.objects.get(item=item).wanted == 1
    assert say(item, crowd[2], "cat").verdict == Verdict.VERIFIED


@pytest.mark.django_db
def test_newcomers_answers_need_company(alice: User) -> None:
    project, crowd = people(alice, 3, target=0.6, newcomer_answers=2)
    first, second, third = make_items(project, 3)
    admit_ready(project=project)
    assert say(first, crowd[0], "cat").verdict == Verdict.OPEN
    assert say(first, crowd[1], "cat").verdict == Verdict.VERIFIED
    assert say(second, crowd[0], "cat").verdict == Verdict.VERIFIED  # the second answer: no newcomer any more
    assert say(third, alice, "cat").verdict == Verdict.VERIFIED  # owners and experts never are


@pytest.mark.django_db
def test_who_passed_the_quiz_is_no_newcomer(alice: User) -> None:
    project, crowd = people(alice, 3, target=0.6, newcomer_answers=5)
    first, second = make_items(project, 2)
    admit_ready(project=project)
    assert say(first, crowd[0], "cat").verdict == Verdict.OPEN
    now = timezone.now()
    Clearance.objects.create(project=project, user=crowd[1], state="cleared", since=now, passed_at=now)
    assert say(second, crowd[1], "cat").verdict == Verdict.VERIFIED


@pytest.mark.django_db
def test_answer_that_is_worth_too_little_ends_the_asking(alice: User) -> None:
    project, crowd = people(alice, 4, target=0.99, least_gain=0.49)
    [item] = make_items(project, 1)
    admit_ready(project=project)
    assert say(item, crowd[0], "cat").verdict == Verdict.DISPUTED
    assert QueueEntry.objects.get(item=item).audience == Audience.EXPERT
