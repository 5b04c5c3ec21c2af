"""Whatever people do in whatever order, the queue's promises hold: a stateful property test."""

import contextlib
import uuid
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.db.models import Count, F, Q
from django.utils import timezone
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from labeling.annotations.actions import Answer, Status
from labeling.annotations.models import Annotation
from labeling.assignments.actions import admit_ready, claim, expire, heartbeat, release
from labeling.assignments.models import HELD, Audience, Gold, Lease, LeaseState, QueueEntry
from labeling.consensus.models import Consensus
from labeling.errors import Conflict
from labeling.items.models import Item
from labeling.projects.models import Label, Project
from labeling.work.actions import add_gold, retire_gold, skip, submit, undo
from tests.factories import add, make_items, make_project, make_user

PEOPLE, ITEMS, HELDOUT = 4, 5, 1
# The queue draws by chance in the database: what a rule draws must not depend on what was granted before.
WHICH = st.integers(0, 59)


class Labeling(RuleBasedStateMachine):
    """Four people at five items; time passes only when the machine says so."""

    project: Project
    owner: User
    people: list[User]

    @initialize()
    def begin(self) -> None:
        name = uuid.uuid4().hex[:8]
        self.owner = make_user(f"owner-{name}")
        self.project = make_project(self.owner, heldout_share=0.0, heldout_answers=2, answer_limit=3, slug=f"p-{name}")
        self.people = [make_user(f"{name}-{index}") for index in range(PEOPLE)]
        for person in self.people:
            add(self.project, person)
        self.items = make_items(self.project, ITEMS, heldout=HELDOUT)
        admit_ready(project=self.project)
        self.labels = list(Label.objects.filter(project=self.project))
        self.granted: list[Lease] = []
        self.keys: list[tuple[User, uuid.UUID]] = []
        self.acknowledged: set[uuid.UUID] = set()

    @rule(who=st.integers(0, PEOPLE - 1), count=st.integers(1, 3))
    def claims(self, who: int, count: int) -> None:
        person = self.people[who]
        leases = claim(actor=person, project=self.project, count=count)
        for lease in leases:
            entry = QueueEntry.objects.get(item=lease.item_id)
            # Gold is asked beyond what an item wants, to see how well people answer.
            assert lease.gold_id or entry.leased <= entry.wanted, "more people hold the item than it wants"
            assert lease.gold_id is None or Gold.objects.get(pk=lease.gold_id).item_id == lease.item_id
            had = Lease.objects.filter(item=lease.item_id, user=person).exclude(pk=lease.pk)
            assert not had.filter(state__in=["open", "answered", "skipped"]).exists(), "twice to one person"
        self.granted += leases

    @rule(which=WHICH, said=st.integers(0, 3))
    def answers(self, which: int, said: int) -> None:
        if not self.granted:
            return
        lease, label = self.granted[which % len(self.granted)], self.labels[said % len(self.labels)]
        answer = Answer(lease.pk, uuid.uuid4(), label.pk, None, 500, timezone.now())
        [result] = submit(actor=lease.user, project=self.project, answers=[answer])
        if result.status == Status.STORED:
            self.keys.append((lease.user, answer.key))
            self.acknowledged.add(answer.key)
            [again] = submit(actor=lease.user, project=self.project, answers=[answer])
            assert again.status == Status.ALREADY

    @rule(which=WHICH)
    def undoes(self, which: int) -> None:
        if not self.keys:
            return
        person, key = self.keys[which % len(self.keys)]
        with contextlib.suppress(Conflict):
            undo(actor=person, project=self.project, key=key)

    @rule(which=WHICH)
    def passes_over(self, which: int) -> None:
        if not self.granted:
            return
        lease = self.granted[which % len(self.granted)]
        with contextlib.suppress(Conflict):
            skip(actor=lease.user, project=self.project, lease_id=lease.pk, key=uuid.uuid4(), reason="other", note="")

    @rule(which=WHICH)
    def gives_back(self, which: int) -> None:
        if not self.granted:
            return
        lease = self.granted[which % len(self.granted)]
        release(actor=lease.user, project=self.project, lease_ids=[lease.pk])

    @rule(which=WHICH)
    def keeps_alive(self, which: int) -> None:
        if not self.granted:
            return
        lease = self.granted[which % len(self.granted)]
        heartbeat(actor=lease.user, project=self.project, lease_ids=[lease.pk])

    @rule(which=WHICH, said=st.integers(0, 1))
    def makes_gold_or_retires_it(self, which: int, said: int) -> None:
        item = self.items[which % ITEMS]
        known = Gold.objects.filter(item=item, retired_at=None).first()
        if known is not None:
            retire_gold(actor=self.owner, project=self.project, gold_id=known.pk)
        else:
            label = self.labels[said % len(self.labels)]
            add_gold(actor=self.owner, project=self.project, item_id=item.pk, label_id=label.pk)

    @rule()
    def time_passes(self) -> None:
        Lease.objects.filter(project=self.project, state=LeaseState.OPEN).update(
            expires_at=timezone.now() - timedelta(seconds=1)
        )
        expire(project=self.project)

    @invariant()
    def counters_are_true(self) -> None:
        entries = QueueEntry.objects.filter(project=self.project).annotate(
            open_leases=Count("item__leases", filter=Q(item__leases__state=LeaseState.OPEN))
        )
        assert not entries.exclude(leased=F("open_leases")).exists()
        for row in Consensus.objects.filter(project=self.project):
            assert row.answers == Annotation.objects.standing().filter(item=row.item_id).count()

    @invariant()
    def one_standing_answer_a_person_and_item(self) -> None:
        rows = Annotation.objects.standing().filter(project=self.project)
        assert not rows.values("item", "user").annotate(n=Count("pk")).filter(n__gt=1).exists()

    @invariant()
    def gold_is_verified_as_what_it_is(self) -> None:
        for gold in Gold.objects.filter(project=self.project, retired_at=None):
            settled = Consensus.objects.get(item=gold.item_id)
            assert (settled.verdict, settled.label_id) == ("verified", gold.label_id)

    @invariant()
    def nothing_acknowledged_is_lost(self) -> None:
        stored = set(Annotation.objects.filter(project=self.project).values_list("key", flat=True))
        assert self.acknowledged <= stored

    @invariant()
    def whoever_is_asked_may_answer(self) -> None:
        for entry in QueueEntry.objects.filter(project=self.project, audience=Audience.ANYONE, wanted__gt=F("leased")):
            had = Lease.objects.filter(item=entry.item_id, state__in=HELD, user__in=self.people)
            assert had.count() < PEOPLE, "an item waits for somebody who has had it"

    @invariant()
    def verified_items_ask_nobody(self) -> None:
        asked = QueueEntry.objects.filter(project=self.project, wanted__gt=0, item__consensus__verdict="verified")
        assert not asked.exists()
        open_ones = Item.objects.filter(project=self.project, consensus__verdict="open", queue_entry__wanted=0)
        assert not open_ones.exists()


@pytest.mark.django_db
def test_promises_hold_whatever_people_do() -> None:
    machine = settings(
        max_examples=15,
        stateful_step_count=25,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        phases=[
            Phase.generate
        ],  # the queue draws by chance in the database, so that a shrunk story would be another one
    )
    run_state_machine_as_test(Labeling, settings=machine)
