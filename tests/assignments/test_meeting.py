"""Calls that meet on one item: each goes through, waits for no other's end, and is not refused by the database."""

import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection, transaction
from django.utils import timezone

from labeling.annotations.actions import Answer, Status
from labeling.annotations.models import Annotation, Skip
from labeling.assignments.actions import admit_ready, claim, expire, heartbeat, set_priorities
from labeling.assignments.actions.claim import JITTER
from labeling.assignments.models import Lease, LeaseState
from labeling.consensus.models import Consensus
from labeling.items.actions import exclude
from labeling.items.models import Item, ItemState
from labeling.projects.actions import change_settings
from labeling.projects.models import Project
from labeling.work.actions import add_gold, skip, submit
from tests.assignments.test_claim import assert_counters_true, everywhere
from tests.assignments.test_gold import cat
from tests.factories import add, make_items, make_project, make_user

PATIENCE = 10.0  # seconds
PEOPLE, TURNS, SPARE = 16, 6, 500  # spare: so many items wait beyond those that are taken
WAITING = "SELECT count(*) FROM pg_locks WHERE NOT granted"


@pytest.fixture
def project(alice: User, bob: User) -> Project:
    made = make_project(alice, heldout_share=0.0)
    add(made, bob)
    return made


class Beside(threading.Thread):
    """A call in a thread with a connection of its own."""

    def __init__(self, act: Callable[[], Any]) -> None:
        super().__init__()
        self.act = act
        self.made: Any = None
        self.error: Exception | None = None
        self.start()

    def run(self) -> None:
        """Keep what came of it."""
        try:
            self.made = self.act()
        except Exception as error:  # what broke in a thread must break the test
            self.error = error
        finally:
            connection.close()

    def waits(self) -> None:
        """Return once the call waits for a lock, or is done."""
        until = time.monotonic() + PATIENCE
        while self.is_alive() and time.monotonic() < until:
            with connection.cursor() as cursor:
                cursor.execute(WAITING)
                if cursor.fetchone()[0]:
                    return
            time.sleep(0.005)

    def result(self) -> Any:
        """What it made."""
        self.join(PATIENCE)
        assert not self.is_alive(), "it still waits"
        if self.error:
            raise self.error
        return self.made


@contextmanager
def held_open(act: Callable[[], Any]) -> Iterator[None]:
    """Another transaction that did this, and neither commits nor rolls back until the block ends."""
    done, ended = threading.Event(), threading.Event()

    def both() -> None:
        with transaction.atomic():
            try:
                act()
            finally:
                done.set()
            ended.wait(PATIENCE)

    thread = Beside(both)
    done.wait(PATIENCE)
    try:
        yield
    finally:
        ended.set()
        thread.result()


def said(lease: Lease, label: int) -> Answer:
    return Answer(lease.pk, uuid.uuid4(), label, None, 900, timezone.now())


def run_out(lease: Lease) -> None:
    Lease.objects.filter(pk=lease.pk).update(expires_at=timezone.now() - timedelta(seconds=1))


@pytest.mark.django_db(transaction=True)
def test_gold_is_made_of_an_item_while_an_answer_to_it_is_stored(project: Project, alice: User, bob: User) -> None:
    make_items(project, 1)
    [lease] = claim(actor=bob, project=project, count=1)
    with transaction.atomic():
        submit(actor=bob, project=project, answers=[said(lease, cat(project))])
        gold = Beside(
            lambda: add_gold(actor=alice, project=project, item_id=lease.item_id, label_id=cat(project))
        )
        gold.waits()
    assert gold.result().item_id == lease.item_id
    row = Consensus.objects.get(item=lease.item_id)
    assert (row.verdict, row.answers) == ("verified", 1)


@pytest.mark.django_db(transaction=True)
def test_items_are_set_aside_while_answers_to_them_are_stored(project: Project, alice: User, bob: User) -> None:
    items = make_items(project, 4)
    leases = claim(actor=bob, project=project, count=4)
    with held_open(lambda: exclude(actor=alice, items=items, reason="not ours")):
        storing = Beside(
            lambda: submit(actor=bob, project=project, answers=[said(lease, cat(project)) for lease in leases])
        )
        assert [row.status for row in storing.result()] == [Status.STORED] * 4
    assert Item.objects.filter(state=ItemState.EXCLUDED).count() == 4


@pytest.mark.django_db(transaction=True)
def test_people_work_on_while_the_project_is_being_changed(project: Project, alice: User, bob: User) -> None:
    make_items(project, 1)
    admit_ready(project=project)
    with held_open(lambda: change_settings(actor=alice, project=project, answer_limit=4)):
        [lease] = Beside(lambda: claim(actor=bob, project=project, count=1)).result()
        answers = [said(lease, cat(project))]
        [stored] = Beside(lambda: submit(actor=bob, project=project, answers=answers)).result()
    assert stored.status == Status.STORED


@pytest.mark.django_db(transaction=True)
def test_heartbeat_and_answers_lock_leases_in_one_order(project: Project, bob: User) -> None:
    first, second = make_items(project, 2)
    leases = {lease.item_id: lease for lease in claim(actor=bob, project=project, count=2)}
    # The lease of the second item has the lower number: neither numbers nor places on disk are the order.
    low, high = sorted(lease.pk for lease in leases.values())
    Lease.objects.filter(pk=low).update(item=second, state=LeaseState.RELEASED)
    Lease.objects.filter(pk=high).update(item=first)
    Lease.objects.filter(pk=low).update(state=LeaseState.OPEN)
    on_first, on_second = Lease.objects.get(pk=high), Lease.objects.get(pk=low)
    with transaction.atomic():
        submit(actor=bob, project=project, answers=[said(on_first, cat(project))])
        beat = Beside(lambda: heartbeat(actor=bob, project=project, lease_ids=[low, high]))
        beat.waits()
        submit(actor=bob, project=project, answers=[said(on_second, cat(project))])
    assert beat.result().lease_ids == []
    assert_counters_true(project)


@pytest.mark.django_db(transaction=True)
def test_late_answer_closes_the_lease_that_a_claim_is_just_being_given(project: Project, bob: User) -> None:
    make_items(project, 1)
    [old] = claim(actor=bob, project=project, count=1)
    run_out(old)
    expire(project=project)
    with transaction.atomic():
        [new] = claim(actor=bob, project=project, count=1)
        late = Beside(lambda: submit(actor=bob, project=project, answers=[said(old, cat(project))]))
        late.waits()
    [result] = late.result()
    assert result.status == Status.STORED
    assert Annotation.objects.get().lease_id == new.pk
    new.refresh_from_db()
    assert new.state == LeaseState.ANSWERED
    assert_counters_true(project)


@pytest.mark.django_db(transaction=True)
def test_late_skip_closes_the_lease_that_a_claim_is_just_being_given(project: Project, bob: User) -> None:
    make_items(project, 1)
    [old] = claim(actor=bob, project=project, count=1)
    run_out(old)
    expire(project=project)
    with transaction.atomic():
        [new] = claim(actor=bob, project=project, count=1)
        late = Beside(
            lambda: skip(
                actor=bob, project=project, lease_id=old.pk, key=uuid.uuid4(), reason="unclear", note=""
            )
        )
        late.waits()
    late.result()
    assert Skip.objects.get().lease_id == new.pk
    assert_counters_true(project)


@pytest.mark.django_db
def test_heartbeat_tells_which_leases_are_still_held(project: Project, bob: User) -> None:
    dora = make_user("dora")
    add(project, dora)
    make_items(project, 2)
    lost, kept = claim(actor=bob, project=project, count=2)
    run_out(lost)
    assert [row.item_id for row in claim(actor=dora, project=project, count=1)] == [lost.item_id]
    told = heartbeat(actor=bob, project=project, lease_ids=[lost.pk, kept.pk])
    assert told.lease_ids == [kept.pk]
    assert heartbeat(actor=dora, project=project, lease_ids=[kept.pk]).lease_ids == []


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("count", [1, 5])
def test_sixteen_people_at_once_keep_to_the_order_but_for_what_others_are_just_taking(
    project: Project, count: int
) -> None:
    """Rows that others hold locked are passed over, and each may take any of a few, but none further down."""
    crowd = [make_user(f"person{number}") for number in range(PEOPLE)]
    for user in crowd:
        add(project, user)
    items = make_items(project, PEOPLE * TURNS * count + SPARE)[::-1]  # the newest is the most urgent
    admit_ready(project=project)
    set_priorities(project=project, priorities=[(item.pk, -float(rank)) for rank, item in enumerate(items)])
    ranks = {item.pk: rank for rank, item in enumerate(items)}

    def work(index: int) -> None:
        for _ in range(TURNS):
            claim(actor=crowd[index], project=project, count=count)

    everywhere(work, PEOPLE)
    granted = [ranks[item] for item in Lease.objects.order_by("claimed_at", "pk").values_list("item_id", flat=True)]
    assert sorted(granted) == sorted(set(granted))
    passed = sorted(rank - sum(before < rank for before in granted[:at]) for at, rank in enumerate(granted))
    # A thread that is put to sleep between the start of its claim and its look may find more gone: not one in twenty.
    assert passed[int(0.95 * len(passed))] <= PEOPLE * (count + JITTER)
