"""The anchoring meter over real leases and answers, and what rules do about people whom suggestions lead astray."""

import random

import pytest
from django.contrib.auth.models import User

from labeling.annotations.actions import judge
from labeling.annotations.actions.rules import set_rule
from labeling.annotations.anchoring import known_copying, reading
from labeling.annotations.models import Act, Finding, Measure
from labeling.assignments.actions import admit_ready, claim, set_showing, set_trust
from labeling.assignments.models import Arm, Manner, Viewing
from labeling.errors import BadInput
from labeling.projects.models import Project
from tests.assignments.test_gold import answer, suggest
from tests.assignments.test_rules import Says, honest, labels, make_gold_of, newcomer, work
from tests.factories import add, make_items, make_project

pytestmark = pytest.mark.django_db


@pytest.fixture
def project(alice: User, bob: User) -> Project:
    """300 items, half cats and half dogs, of which the model calls all cats; 60 are gold."""
    made = make_project(alice, heldout_share=0.0, blind_share=0.4, answer_limit=100, target=0.9999)
    add(made, bob)
    items = make_items(made, 300)
    admit_ready(project=made)
    suggest(made, items)
    make_gold_of(made, alice)
    set_trust(actor=alice, project=made, gold_shares=[0.5])
    return made


def copier(project: Project, seed: int, rate: float) -> Says:
    """Takes a suggestion in view without looking in this share of the cases."""
    truth, chance = honest(project, seed), random.Random(seed)
    cat = labels(project)[0]
    return lambda lease: cat if lease.arm == Arm.SUGGESTED and chance.random() < rate else truth(lease)


def test_the_meter_reads_a_known_copy_rate_off_the_answers(project: Project, bob: User) -> None:
    dora = newcomer(project, "dora")
    work(project, bob, honest(project, 1), milliseconds=2000, answers=200)
    work(project, dora, copier(project, 2, 0.95), milliseconds=1000, answers=200)
    told = reading(project)
    by_name = {row.user.username: row for row in told.people}
    assert by_name["dora"].copying.value > 0.6
    assert by_name["bob"].copying.value < 0.45
    assert [row.user.username for row in told.people] == ["dora", "bob"]
    assert told.agreement.value > 0
    assert sum(told.by_source) == told.meter.overall.shown + told.meter.overall.blind
    copying = known_copying(project, {bob.pk: 0, dora.pk: 1})
    assert copying is not None
    assert copying.people[1] > copying.people[0]


def test_what_a_blind_lease_does_not_show_is_kept_and_told_to_nobody(project: Project, bob: User) -> None:
    leases = claim(actor=bob, project=project, count=40)
    blind = [lease for lease in leases if lease.arm == Arm.BLIND]
    assert blind
    assert all(lease.suggestion is None and lease.withheld is not None for lease in blind)
    assert all(lease.withheld is None for lease in leases if lease.arm == Arm.SUGGESTED)


def test_a_rule_shows_less_to_whom_suggestions_lead_astray_and_to_nobody_else(project: Project, bob: User) -> None:
    dora = newcomer(project, "dora")
    set_rule(actor=None, project=project, measure="copies", act="warn", threshold=0.5, least=20, active=False)
    set_rule(actor=None, project=project, measure="anchoring", act="glance", threshold=0.3, least=8, milliseconds=1500)
    work(project, bob, honest(project, 1))
    work(project, dora, copier(project, 2, 0.95))
    judge(project=project)
    acts = set(Finding.objects.filter(user=dora, rule__measure=Measure.ANCHORING).values_list("act", flat=True))
    assert Act.GLANCE in acts
    manner = Viewing.objects.get(user=dora)
    assert (manner.manner, manner.glance_ms) == (Manner.GLANCE, 1500) or len(acts) > 1
    assert "followed about" in manner.reason
    assert not Viewing.objects.filter(user=bob).exists()
    judge(project=project)
    assert Finding.objects.filter(user=dora, rule__measure=Measure.ANCHORING).count() == len(acts)


def test_each_manner_is_kept_to_by_the_next_claim(project: Project, alice: User, bob: User) -> None:
    set_showing(actor=alice, project=project, user=bob, manner="never")
    leases = claim(actor=bob, project=project, count=20)
    assert {(lease.arm, lease.arm_probability) for lease in leases} == {("blind", 1.0)}
    set_showing(actor=alice, project=project, user=bob, manner="less")
    assert {lease.arm_probability for lease in claim(actor=bob, project=project, count=20)} == {0.5}
    row = set_showing(actor=alice, project=project, user=bob, manner="glance", glance_ms=2000)
    assert set_showing(actor=alice, project=project, user=bob, manner="glance", glance_ms=2000).since == row.since
    leases = claim(actor=bob, project=project, count=20)
    assert {lease.glance_ms for lease in leases} == {2000, None}
    assert all((lease.glance_ms is None) == (lease.arm == Arm.BLIND) for lease in leases)
    for field, value in (("manner", "often"), ("glance_ms", 0)):
        with pytest.raises(BadInput) as refused:
            set_showing(actor=alice, project=project, user=bob, **{"manner": "glance", field: value})  # type: ignore[arg-type]
        assert refused.value.field == field


def test_who_answers_before_the_suggestion_came_has_not_seen_it(project: Project, alice: User, bob: User) -> None:
    set_showing(actor=alice, project=project, user=bob, manner="glance", glance_ms=2000)
    leases = [lease for lease in claim(actor=bob, project=project, count=30) if lease.arm == Arm.SUGGESTED]
    answer(bob, project, leases[:1], labels(project)[0], milliseconds=900)
    answer(bob, project, leases[1:2], labels(project)[0], milliseconds=2500)
    early, late = (lease.annotations.get() for lease in leases[:2])
    assert (early.suggestion, late.suggestion) == (None, leases[1].suggestion)
    assert {early.arm, late.arm} == {Arm.SUGGESTED}
