"""Rules about people: who is spotted, who is not, and what is done about it once."""

import random
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User

from labeling.annotations.actions import begin_rules, judge, set_rule
from labeling.annotations.conduct import Figure
from labeling.annotations.models import Act, Finding, Measure, Rule
from labeling.annotations.tasks import judge_people
from labeling.assignments.actions import admit_ready, claim, lift, set_trust
from labeling.assignments.models import Arm, ClearanceState, Lease
from labeling.assignments.permits import clearance_of
from labeling.errors import BadInput
from labeling.items.models import Item
from labeling.projects.models import Label, Project
from labeling.work.actions import add_gold
from tests.assignments.test_claim import everywhere
from tests.assignments.test_gold import answer, suggest
from tests.factories import add, make_items, make_project, make_user
from tests.work.people import Annotator

ANSWERS = 120
Says = Callable[[Lease], int]  # the label that a person gives


@pytest.fixture
def project(alice: User, bob: User) -> Project:
    """300 items, half cats and half dogs, of which the model calls all cats; 60 are gold."""
    made = make_project(alice, heldout_share=0.0, blind_share=0.4, answer_limit=100, target=0.9999)
    add(made, bob)
    items = make_items(made, 300)
    admit_ready(project=made)
    suggest(made, items)
    return made


def labels(project: Project) -> list[int]:
    return list(Label.objects.filter(project=project, role="class").order_by("pk").values_list("pk", flat=True))


def work(project: Project, person: User, says: Says, milliseconds: int = 1500, answers: int = ANSWERS) -> None:
    """Claim and answer in batches, as the page does."""
    for _ in range(answers // 20):
        said = [(says(lease), lease) for lease in claim(actor=person, project=project, count=20)]
        for label in {label for label, _ in said}:
            answer(person, project, [lease for given, lease in said if given == label], label, milliseconds)


def honest(project: Project, seed: int, errors: float = 0.1) -> Says:
    """Says what is so (an even id is a cat), whatever is suggested, and slips now and then."""
    chance, classes = random.Random(seed), labels(project)
    return lambda lease: classes[(lease.item_id + (chance.random() < errors)) % 2]


def make_gold_of(project: Project, owner: User) -> None:
    """A fifth of the items, with their true labels."""
    classes = labels(project)
    for item in Item.objects.filter(project=project).order_by("pk")[:60]:
        add_gold(actor=owner, project=project, item_id=item.pk, label_id=classes[item.pk % 2])


def newcomer(project: Project, name: str) -> User:
    person = make_user(name)
    add(project, person)
    return person


def found(project: Project, person: User) -> set[str]:
    return set(Finding.objects.filter(project=project, user=person).values_list("rule__measure", flat=True))


@pytest.mark.django_db
def test_each_kind_of_bad_conduct_is_spotted_and_good_work_is_not(project: Project, alice: User, bob: User) -> None:
    make_gold_of(project, alice)
    set_trust(actor=alice, project=project, gold_shares=[0.5])  # enough wrong suggestions on gold to judge by
    classes = labels(project)
    clicker, racer, copier = (newcomer(project, name) for name in ("clicker", "racer", "copier"))
    others = newcomer(project, "dora")
    truth = honest(project, 1)
    work(project, bob, honest(project, 2))
    work(project, others, honest(project, 3, errors=0.15))
    work(project, clicker, lambda lease: classes[1])
    work(project, racer, truth, milliseconds=120)
    work(project, copier, lambda lease: classes[0] if lease.arm == Arm.SUGGESTED else truth(lease))
    judge(project=project)
    assert found(project, bob) == found(project, others) == set()
    assert Measure.SAME_ANSWER in found(project, clicker)
    assert found(project, racer) == {Measure.TOO_FAST}
    assert {Measure.COPIES, Measure.ACCEPTS_WRONG} <= found(project, copier)
    assert Measure.TOO_FAST not in found(project, clicker) | found(project, copier)


@pytest.mark.django_db
def test_a_class_that_is_common_makes_nobody_a_clicker(project: Project, bob: User) -> None:
    dog = labels(project)[1]
    dora = newcomer(project, "dora")
    for person in (bob, dora):
        work(project, person, lambda lease: dog)
    judge(project=project)
    assert not Finding.objects.exists()


@pytest.mark.django_db
def test_bad_answers_to_gold_pause_once_with_the_figure(project: Project, alice: User, bob: User) -> None:
    make_gold_of(project, alice)
    set_trust(actor=alice, project=project, gold_shares=[0.5])  # enough gold to judge by, however chance falls
    truth, classes = honest(project, 1), labels(project)
    work(project, bob, lambda lease: sum(classes) - truth(lease), answers=60)
    judge(project=project)
    finding = Finding.objects.get(user=bob, act=Act.PAUSE)
    assert 0 <= finding.low <= finding.figure <= finding.high < finding.threshold
    assert finding.count >= finding.rule.least
    told = Annotator(bob, project).post("claim", {"count": 1}).json()
    assert (told["state"], told["leases"]) == ("paused", [])
    assert f"Of {finding.count} answers that were checked" in told["reason"]
    number = Finding.objects.count()
    assert judge(project=project) == []
    assert judge_people() == 0
    assert Finding.objects.count() == number
    lift(actor=alice, project=project, user=bob)
    work(project, bob, truth, answers=20)  # what was before the lifting is over
    assert judge(project=project) == []
    assert clearance_state(bob, project) == ClearanceState.CLEARED


def clearance_state(user: User, project: Project) -> str | None:
    clearance = clearance_of(user, project)
    return clearance.state if clearance else None


@pytest.mark.django_db
def test_a_rule_can_send_somebody_through_the_quiz_again(project: Project, alice: User, bob: User) -> None:
    make_gold_of(project, alice)
    set_rule(actor=alice, project=project, measure="gold_accuracy", act="retrain", threshold=0.9, least=5)
    set_rule(actor=alice, project=project, measure="gold_accuracy", act="pause", threshold=0.5, least=15, active=False)
    work(project, bob, lambda lease: labels(project)[lease.item_id % 2 - 1], answers=60)
    set_trust(actor=alice, project=project, quiz_items=5)
    judge(project=project)
    assert clearance_state(bob, project) == ClearanceState.QUIZ
    assert all(lease.gold_id for lease in claim(actor=bob, project=project, count=3))


def test_nothing_is_done_on_few_answers_or_where_the_interval_reaches_over() -> None:
    rule = Rule(measure=Measure.TOO_FAST, threshold=0.5, least=20, milliseconds=300)
    assert not Figure(1.0, 0.8, 1.0, 19).breaks(rule)
    assert not Figure(0.6, 0.45, 0.7, 50).breaks(rule)
    assert Figure(0.6, 0.51, 0.7, 50).breaks(rule)
    gold = Rule(measure=Measure.GOLD_ACCURACY, threshold=0.7, least=10)
    assert not Figure(0.6, 0.4, 0.75, 30).breaks(gold)
    assert Figure(0.5, 0.4, 0.6, 30).breaks(gold)


@pytest.mark.django_db
def test_rules_are_rows_that_the_owner_changes_and_wrong_ones_are_refused(project: Project, alice: User) -> None:
    assert begin_rules(project=project) == begin_rules(project=project)
    many = Rule.objects.filter(project=project).count()
    set_rule(actor=alice, project=project, measure="too_fast", act="warn", threshold=0.4, least=30, milliseconds=500)
    row = Rule.objects.get(project=project, measure="too_fast", act="warn")
    assert (row.threshold, row.least, row.milliseconds) == (0.4, 30, 500)
    assert Rule.objects.filter(project=project).count() == many
    good: dict[str, Any] = {"measure": "too_fast", "act": "warn", "threshold": 0.4, "least": 30, "milliseconds": 500}
    for field, value in (("measure", "mood"), ("act", "shout"), ("threshold", 1.0), ("least", 2), ("milliseconds", 0)):
        with pytest.raises(BadInput) as refused:
            set_rule(actor=alice, project=project, **(good | {field: value}))
        assert refused.value.field == field


@pytest.mark.django_db(transaction=True)
def test_two_judgements_at_once_act_once(project: Project, alice: User, bob: User) -> None:
    make_gold_of(project, alice)
    set_trust(actor=alice, project=project, gold_shares=[0.5])  # enough gold to judge by, however chance falls
    truth, classes = honest(project, 1), labels(project)
    work(project, bob, lambda lease: sum(classes) - truth(lease), answers=60)

    def judged(_: int) -> None:
        judge(project=project)

    everywhere(judged, 3)
    acts = list(Finding.objects.filter(user=bob, rule__measure="gold_accuracy").values_list("act", flat=True))
    assert sorted(acts) == [Act.PAUSE, Act.WARN]
