"""Whom the queue hands what, and what it never does."""

import threading
import uuid
from collections import Counter
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.db.models import Count, F, Q
from django.utils import timezone

from labeling.annotations.actions import Answer
from labeling.assignments.actions import admit_ready, claim, expire, heartbeat, release, set_priorities
from labeling.assignments.models import Arm, Lease, LeaseState, QueueEntry
from labeling.errors import BadInput
from labeling.items.models import Item, ItemState
from labeling.projects.models import Label, Project
from labeling.work.actions import submit
from tests.factories import add, make_items, make_project, make_user


@pytest.fixture
def project(alice: User, bob: User) -> Project:
    made = make_project(alice, heldout_share=0.0)
    add(made, bob)
    return made


def everywhere(work: Callable[[int], None], people: int) -> None:
    """Run `work` for each person at the same moment, and pass on the first error."""
    gate, errors = threading.Barrier(people), []

    def one(index: int) -> None:
        try:
            gate.wait()
            work(index)
        except Exception as error:  # what broke in a thread must break the test
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=one, args=(index,)) for index in range(people)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]


def assert_counters_true(project: Project) -> None:
    """`leased` is what a count of open leases says."""
    entries = QueueEntry.objects.filter(project=project).annotate(
        open_leases=Count("item__leases", filter=Q(item__leases__state=LeaseState.OPEN))
    )
    assert not entries.exclude(leased=F("open_leases")).exists()


@pytest.mark.django_db
def test_claim_follows_priority_up_to_the_jitter(project: Project, bob: User) -> None:
    items = make_items(project, 40)
    admit_ready(project=project)
    set_priorities(project=project, priorities=[(item.pk, float(-index)) for index, item in enumerate(items)])
    got = [lease.item_id for lease in claim(actor=bob, project=project, count=10)]
    assert set(got) <= {item.pk for item in items[:14]}
    assert got == sorted(got)


@pytest.mark.django_db
def test_claim_never_gives_one_item_twice_to_a_person(project: Project, bob: User) -> None:
    make_items(project, 5)
    first = claim(actor=bob, project=project, count=3)
    second = claim(actor=bob, project=project, count=50)
    assert len(first) == 3
    assert len(second) == 2
    assert not {row.item_id for row in first} & {row.item_id for row in second}
    assert claim(actor=bob, project=project, count=1) == []


@pytest.mark.django_db
def test_claim_of_nothing_or_too_much_is_refused(project: Project, bob: User) -> None:
    for count in (0, 51, -1):
        with pytest.raises(BadInput, match="1 to 50"):
            claim(actor=bob, project=project, count=count)


@pytest.mark.django_db
def test_excluded_item_is_not_handed_out(project: Project, bob: User) -> None:
    items = make_items(project, 2)
    admit_ready(project=project)
    Item.objects.filter(pk=items[0].pk).update(state=ItemState.EXCLUDED)
    assert [row.item_id for row in claim(actor=bob, project=project, count=5)] == [items[1].pk]


@pytest.mark.django_db
def test_expired_lease_goes_to_the_next_person_and_heartbeat_keeps_it(project: Project, bob: User) -> None:
    make_items(project, 1)
    dora = make_user("dora")
    add(project, dora)
    [lease] = claim(actor=bob, project=project, count=1)
    assert claim(actor=dora, project=project, count=1) == []
    Lease.objects.filter(pk=lease.pk).update(expires_at=timezone.now() - timedelta(seconds=1))
    heartbeat(actor=bob, project=project, lease_ids=[lease.pk])
    assert expire(project=project) == 0
    Lease.objects.filter(pk=lease.pk).update(expires_at=timezone.now() - timedelta(seconds=1))
    assert len(claim(actor=dora, project=project, count=1)) == 1
    assert_counters_true(project)


@pytest.mark.django_db
def test_release_twice_frees_one_place_and_only_ones_own(project: Project, bob: User, charlie: User) -> None:
    make_items(project, 1)
    [lease] = claim(actor=bob, project=project, count=1)
    assert release(actor=charlie, project=project, lease_ids=[lease.pk]) == 0
    assert release(actor=bob, project=project, lease_ids=[lease.pk]) == 1
    assert release(actor=bob, project=project, lease_ids=[lease.pk]) == 0
    assert QueueEntry.objects.get().leased == 0
    assert len(claim(actor=bob, project=project, count=1)) == 1


@pytest.mark.django_db
def test_without_suggestion_or_on_heldout_items_the_arm_is_blind_for_certain(project: Project, bob: User) -> None:
    make_items(project, 4, heldout=2)
    leases = claim(actor=bob, project=project, count=4)
    assert {(lease.arm, lease.arm_probability) for lease in leases} == {(Arm.BLIND, 1.0)}


@pytest.mark.django_db(transaction=True)
def test_sixteen_people_at_once_get_no_item_more_often_than_it_is_wanted(alice: User) -> None:
    project = make_project(alice, heldout_share=0.0, heldout_answers=3)
    make_items(project, 60, heldout=10)
    people = [make_user(f"person-{index}") for index in range(16)]
    for person in people:
        add(project, person)
    admit_ready(project=project)
    everywhere(lambda index: _take(people[index], project), 16)
    for person in people:  # what was locked at the very end is still there to claim
        _take(person, project)
    held = Counter(Lease.objects.filter(state=LeaseState.OPEN).values_list("item_id", flat=True))
    wanted = dict(QueueEntry.objects.values_list("item_id", "wanted"))
    assert sum(held.values()) == 50 + 10 * 3
    assert all(held[item] == wanted[item] for item in wanted)
    assert_counters_true(project)


def _take(person: User, project: Project) -> None:
    while claim(actor=person, project=project, count=3):
        pass


@pytest.mark.django_db(transaction=True)
def test_one_person_in_eight_tabs_gets_each_item_once(project: Project, bob: User) -> None:
    make_items(project, 40)
    admit_ready(project=project)
    everywhere(lambda _: _take(bob, project), 8)
    _take(bob, project)
    assert Lease.objects.filter(user=bob).count() == 40
    assert_counters_true(project)


@pytest.mark.django_db(transaction=True)
def test_two_admissions_at_once_put_each_item_in_once(project: Project) -> None:
    make_items(project, 200)
    everywhere(lambda _: _admit(project), 4)
    assert QueueEntry.objects.count() == 200


@pytest.mark.django_db(transaction=True)
def test_many_answer_at_once_and_every_answer_counts_once(alice: User) -> None:
    project = make_project(alice, heldout_share=0.0, answer_limit=3)
    make_items(project, 40, heldout=8)
    people = [make_user(f"person-{index}") for index in range(8)]
    for person in people:
        add(project, person)
    labels = list(Label.objects.filter(project=project, role="class"))
    admit_ready(project=project)
    everywhere(lambda index: _answer_all(people[index], project, labels), 8)
    for person in people:
        _answer_all(person, project, labels)
    assert not Lease.objects.filter(state=LeaseState.OPEN).exists()
    assert_counters_true(project)
    for item in Item.objects.filter(project=project):
        assert item.consensus.answers == item.annotations.count()
        assert item.consensus.answers >= (3 if item.heldout else 1)


def _answer_all(person: User, project: Project, labels: list[Label]) -> None:
    while leases := claim(actor=person, project=project, count=4):
        answers = [
            Answer(lease.pk, uuid.uuid4(), labels[(lease.item_id + person.pk % 5 // 4) % 2].pk, None, 800,
                   timezone.now())
            for lease in leases
        ]  # fmt: skip
        submit(actor=person, project=project, answers=answers)


def _admit(project: Project) -> None:
    admit_ready(project=project)
