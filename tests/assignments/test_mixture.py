"""Everything at once on a few items: no call is refused by the database, and every promise of the queue holds after."""

import contextlib
import random
import time
import uuid
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.db.models import Count
from django.utils import timezone

from labeling.annotations.actions import Answer, Status
from labeling.annotations.models import Annotation
from labeling.assignments.actions import admit_ready, claim, expire, heartbeat, release
from labeling.assignments.models import Gold, Lease, LeaseState, QueueEntry
from labeling.consensus.actions import requeue
from labeling.consensus.models import Consensus
from labeling.errors import Conflict
from labeling.items.models import Item
from labeling.projects.models import Label, Project
from labeling.work.actions import add_gold, retire_gold, skip, submit, undo
from tests.assignments.test_claim import assert_counters_true, everywhere
from tests.factories import add, make_items, make_project, make_user

PEOPLE, ITEMS = 4, 6
CALLS = 60  # of each person and of the owner
LONGEST = 4.0  # seconds; a busy machine does fewer calls
HELD = ("claim", "answer", "answer", "answer late", "skip", "undo", "heartbeat", "release")


class Person:
    """Somebody who does anything, in an order drawn by chance."""

    def __init__(self, project: Project, user: User, seed: int) -> None:
        self.project, self.user, self.chance = project, user, random.Random(seed)
        self.labels = list(Label.objects.filter(project=project).order_by("pk"))
        self.leases: list[Lease] = []
        self.keys: list[uuid.UUID] = []
        self.acknowledged: set[uuid.UUID] = set()

    def act(self) -> None:
        """One call."""
        match self.chance.choice(HELD):
            case "claim":
                self.leases += claim(actor=self.user, project=self.project, count=self.chance.randint(1, 4))
            case "answer":
                self.answer(self.leases[-4:])
            case "answer late":
                self.answer(self.chance.sample(self.leases, min(4, len(self.leases))))
            case "skip" if self.leases:
                key, lease = uuid.uuid4(), self.chance.choice(self.leases[-4:])
                skip(actor=self.user, project=self.project, lease_id=lease.pk, key=key, reason="other", note="")
                self.keys.append(key)
            case "undo" if self.keys:
                undo(actor=self.user, project=self.project, key=self.chance.choice(self.keys[-4:]))
            case "heartbeat":
                heartbeat(actor=self.user, project=self.project, lease_ids=[one.pk for one in self.leases])
            case "release":
                release(actor=self.user, project=self.project, lease_ids=[one.pk for one in self.leases[-2:]])

    def answer(self, leases: list[Lease]) -> None:
        """Several at once, in an order drawn by chance."""
        given = [
            Answer(lease.pk, uuid.uuid4(), self.chance.choice(self.labels).pk, None, 900, timezone.now())
            for lease in self.chance.sample(leases, len(leases))
        ]
        told = submit(actor=self.user, project=self.project, answers=given) if given else []
        stored = [row.key for row in told if row.status == Status.STORED]
        self.keys += stored
        self.acknowledged |= set(stored)


class Owner(Person):
    """Time passes, gold comes and goes, and items are asked again."""

    def act(self) -> None:
        """One call."""
        item_ids = list(Item.objects.filter(project=self.project).order_by("pk").values_list("pk", flat=True))
        match self.chance.choice(("expire", "expire", "gold", "no gold", "requeue")):
            case "expire":
                past = timezone.now() - timedelta(seconds=1)
                held = Lease.objects.filter(project=self.project, state=LeaseState.OPEN).values_list("pk", flat=True)
                for pk in self.chance.sample(list(held), held.count() // 2):
                    Lease.objects.filter(pk=pk, state=LeaseState.OPEN).update(expires_at=past)
                expire(project=self.project)
            case "gold":
                item_id, label = self.chance.choice(item_ids), self.labels[0]
                add_gold(actor=self.user, project=self.project, item_id=item_id, label_id=label.pk)
            case "no gold":
                for gold in Gold.objects.filter(project=self.project, retired_at=None):
                    retire_gold(actor=self.user, project=self.project, gold_id=gold.pk)
            case "requeue":
                requeue(actor=self.user, project=self.project, item_ids=item_ids)


def assert_promises_kept(project: Project, people: list[Person]) -> None:
    """What must hold whatever was done."""
    assert_counters_true(project)
    standing = Annotation.objects.standing().filter(project=project)
    assert not standing.values("item", "user").annotate(n=Count("pk")).filter(n__gt=1).exists()
    for row in Consensus.objects.filter(project=project):
        assert row.answers == standing.filter(item=row.item_id).count()
    stored = set(Annotation.objects.filter(project=project).values_list("key", flat=True))
    assert set().union(*(person.acknowledged for person in people)) <= stored
    settled = Consensus.objects.filter(project=project)
    unasked = Gold.objects.filter(project=project, retired_at=None, item__queue_entry__wanted_again_at=None)
    for gold in unasked:
        assert settled.filter(item=gold.item_id, verdict="verified", label=gold.label_id).exists()
    entries = QueueEntry.objects.filter(project=project)
    assert not entries.filter(wanted__gt=0, item__consensus__verdict="verified", wanted_again_at=None).exists()
    assert not entries.filter(wanted=0, item__consensus__verdict="open").exists()


@pytest.mark.django_db(transaction=True)
def test_promises_hold_when_everything_happens_at_once(alice: User) -> None:
    project = make_project(alice, heldout_share=0.0, answer_limit=3)
    users = [make_user(f"person{number}") for number in range(PEOPLE)]
    for user in users:
        add(project, user)
    make_items(project, ITEMS)
    admit_ready(project=project)
    people = [Person(project, user, seed) for seed, user in enumerate(users)]
    crew, until = [*people, Owner(project, alice, PEOPLE)], time.monotonic() + LONGEST

    def work(index: int) -> None:
        for _ in range(CALLS):
            if time.monotonic() < until:
                with contextlib.suppress(Conflict):
                    crew[index].act()

    everywhere(work, len(crew))
    assert sum(len(person.acknowledged) for person in people) > 0
    assert_promises_kept(project, people)
