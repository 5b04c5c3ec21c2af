"""How long a lease lasts, and who gets the item once it ran out."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from labeling.assignments.actions import admit_ready, claim, set_priorities
from labeling.assignments.actions.claim import JITTER
from labeling.assignments.models import Lease, LeaseState, QueueEntry
from labeling.assignments.tasks import tend_queues
from labeling.projects.models import Project
from labeling.settings import CELERY_BEAT_SCHEDULE
from tests.factories import add, make_items, make_project

pytestmark = pytest.mark.django_db
FEW_SECONDS = 5


@pytest.fixture
def project(alice: User, bob: User) -> Project:
    made = make_project(alice, heldout_share=0.0)
    add(made, bob)
    make_items(made, 60)
    admit_ready(project=made)
    return made


def answered(project: Project, person: User, gaps: list[float], at_once: int = 1) -> None:
    """Leases of this person closed one after the other, so many seconds apart."""
    closed = timezone.now() - timedelta(hours=1)
    for gap in gaps:
        closed += timedelta(seconds=gap)
        leases = claim(actor=person, project=project, count=at_once)
        assert len(leases) == at_once
        ids = [lease.pk for lease in leases]
        Lease.objects.filter(pk__in=ids).update(state=LeaseState.ANSWERED, closed_at=closed)


def seconds(lease: Lease) -> float:
    return (lease.expires_at - lease.claimed_at).total_seconds()


def test_lease_lasts_three_of_the_persons_median_times_for_each_item(project: Project, bob: User) -> None:
    answered(project, bob, [40.0, 41.0, 39.0, 3000.0, 40.0])
    [one] = claim(actor=bob, project=project, count=1)
    assert seconds(one) == pytest.approx(3 * 40.5, abs=1)
    assert {round(seconds(lease)) for lease in claim(actor=bob, project=project, count=5)} == {round(5 * 3 * 40.5)}


def test_answers_sent_together_share_the_time(project: Project, bob: User) -> None:
    answered(project, bob, [200.0, 200.0, 200.0], at_once=5)
    [one] = claim(actor=bob, project=project, count=1)
    assert seconds(one) == pytest.approx(3 * 40, abs=1)


def test_newcomers_and_quick_people_get_a_minute_and_nobody_more_than_fifteen(project: Project, bob: User) -> None:
    [first] = claim(actor=bob, project=project, count=1)
    assert seconds(first) == pytest.approx(60, abs=0.1)
    answered(project, bob, [1.0, 1.0, 1.0])
    assert seconds(claim(actor=bob, project=project, count=1)[0]) == pytest.approx(60, abs=0.1)
    answered(project, bob, [2000.0] * 5)
    assert seconds(claim(actor=bob, project=project, count=1)[0]) == pytest.approx(900, abs=0.1)


def test_expired_lease_is_back_in_the_queue_within_seconds(project: Project, bob: User) -> None:
    [lease] = claim(actor=bob, project=project, count=1)
    Lease.objects.filter(pk=lease.pk).update(expires_at=timezone.now() - timedelta(minutes=1))
    assert CELERY_BEAT_SCHEDULE["tend queues"]["schedule"] <= FEW_SECONDS
    tend_queues()
    assert Lease.objects.get(pk=lease.pk).state == LeaseState.EXPIRED
    assert QueueEntry.objects.get(item=lease.item_id).leased == 0


def test_chance_decides_among_the_top_and_nowhere_else(project: Project, bob: User) -> None:
    items = list(QueueEntry.objects.order_by("item_id").values_list("item_id", flat=True))
    set_priorities(project=project, priorities=[(item, float(-place)) for place, item in enumerate(items)])
    first = set()
    for _ in range(40):
        [lease] = claim(actor=bob, project=project, count=1)
        first.add(items.index(lease.item_id))
        Lease.objects.filter(pk=lease.pk).update(state=LeaseState.RELEASED)
        QueueEntry.objects.filter(item=lease.item_id).update(leased=0)
    assert first <= set(range(1 + JITTER))
    assert len(first) >= 3  # 40 draws of 5: fewer happen once in 10^7


