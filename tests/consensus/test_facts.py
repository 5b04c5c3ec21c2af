"""What the hot path hears, in SQL of its own, is what the full pass hears."""

import uuid

import numpy as np
import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from labeling.annotations.actions import Answer
from labeling.assignments.actions import admit_ready, claim
from labeling.assignments.models import Lease, LeaseState
from labeling.consensus.crew import crew
from labeling.consensus.evidence import Told, told, yardstick
from labeling.consensus.facts import gather, heard
from labeling.consensus.whole import imported_of_all
from labeling.items.models import Item, SupposedLabel
from labeling.projects.models import Label, Project
from labeling.work.actions import add_gold, skip, submit, undo
from tests.factories import add, make_items, make_project, make_user

pytestmark = pytest.mark.django_db
PEOPLE = 6


@pytest.fixture
def project(alice: User) -> Project:
    """Twelve items answered by six people, with undos, a skip, a discount, two quizzes, gold and imported labels."""
    made = make_project(alice, heldout_share=0.0, heldout_answers=6, answer_limit=6)
    items = make_items(made, 12, heldout=12)
    admit_ready(project=made)
    labels = list(Label.objects.filter(project=made).order_by("pk"))
    persons = [make_user(f"person-{index}") for index in range(PEOPLE)]
    for person in persons:
        add(made, person)
    for index, person in enumerate(persons):
        _answers(made, person, labels, index)
    made.members.filter(user__username="person-1").update(discounted_at=timezone.now())
    _quiz(made, "person-2", answers=4)
    _quiz(made, "person-3", answers=12)
    add_gold(actor=alice, project=made, item_id=items[0].pk, label_id=labels[1].pk)
    Item.objects.filter(pk__in=[item.pk for item in items[:6]]).update(heldout=False)
    for item in items[:8]:
        SupposedLabel.objects.create(item=item, label=labels[0], source="old")
        SupposedLabel.objects.create(item=item, label=labels[item.pk % 2], source="new")
    return made


def _answers(project: Project, person: User, labels: list[Label], index: int) -> None:
    for place, lease in enumerate(claim(actor=person, project=project, count=12)):
        label = labels[(lease.item_id + index * place) % len(labels)]
        answer = Answer(lease.pk, uuid.uuid4(), label.pk, None, 700, timezone.now())
        submit(actor=person, project=project, answers=[answer])
        if place % 5 == index:
            lease = undo(actor=person, project=project, key=answer.key)
            if index == PEOPLE - 2:
                skip(actor=person, project=project, lease_id=lease.pk, key=uuid.uuid4(), reason="other", note="")


def _quiz(project: Project, name: str, answers: int) -> None:
    leases = Lease.objects.filter(project=project, user__username=name).order_by("pk")[:answers]
    Lease.objects.filter(pk__in=list(leases.values_list("pk", flat=True))).update(quiz=True)


def assert_same(one: Told, other: Told) -> None:
    for name in ("item", "person", "symbol", "shown"):
        np.testing.assert_array_equal(getattr(one.answers, name), getattr(other.answers, name))
    np.testing.assert_array_equal(one.user_ids, other.user_ids)
    np.testing.assert_array_equal(one.counted, other.counted)
    assert (one.item_ids, one.settled, one.newest) == (other.item_ids, other.settled, other.newest)


def test_both_hear_the_same(project: Project) -> None:
    ids = sorted(Item.objects.filter(project=project).values_list("pk", flat=True))
    stick = yardstick(project)
    now, known, answers = gather(project, ids)
    fresh, everything = heard(stick, ids, known, now, answers)
    assert_same(fresh, told(project, stick, ids))
    assert_same(everything, told(project, stick, ids, stale=True))
    assert 2 * 12 < len(everything.answers) < 12 * PEOPLE
    places = [-1 if pk not in known.imported else stick.label_ids.index(known.imported[pk]) for pk in ids]
    assert places == imported_of_all(project, stick, ids).tolist()
    at_work = set(crew(project))
    assert len(at_work) == PEOPLE - 1  # one of them is discounted, none is paused
    for pk in ids:
        had = Lease.objects.filter(item=pk, state__in=[LeaseState.ANSWERED, LeaseState.SKIPPED])
        assert known.still[pk] == len(at_work - set(had.values_list("user_id", flat=True)))
        assert known.skips[pk] == had.filter(state=LeaseState.SKIPPED).count()
    assert set(known.skips.values()) == {0, 1}
