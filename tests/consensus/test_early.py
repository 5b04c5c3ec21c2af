"""Items finished early: audited before, never held out, put back when the audit fails or the owner says so."""

import random
import uuid
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.utils import timezone

from labeling.annotations.models import Annotation
from labeling.assignments.actions import admit_ready, claim, release
from labeling.assignments.models import Arm, Lease, QueueEntry
from labeling.consensus.actions import early, refit, set_early, tend_early, weigh
from labeling.consensus.models import AuditState, Consensus, EarlyAudit, EarlyLabel, Verdict
from labeling.datasets.rows import collect
from labeling.errors import BadInput
from labeling.exports.reads import labels as exported
from labeling.guidelines.reads import current
from labeling.projects.models import Project
from labeling.projects.reads import true_label_ids
from labeling.registry.actions import promote, register
from labeling.suggestions.actions import Opinion, write
from tests.consensus.test_discount import people
from tests.factories import make_items

pytestmark = pytest.mark.django_db
HELDOUT, KNOWN, OPEN = 10, 70, 220
SLIPS = 0.08  # of people


def truth(item_id: int, project: Project) -> int:
    return true_label_ids(project)[item_id % 2]


def answered(project: Project, users: Sequence[User], item_ids: Sequence[int], *, slips: float, seed: int) -> None:
    """What these people say blind of these items, stored and weighed at once."""
    chance, guideline, now = random.Random(seed), current(project), timezone.now()
    leases = Lease.objects.bulk_create(
        Lease(
            project=project, item_id=item_id, user=user, state="answered", arm=Arm.BLIND, arm_probability=1.0,
            guideline_version=guideline, claimed_at=now, expires_at=now, closed_at=now,
        )
        for item_id in item_ids for user in users
    )  # fmt: skip
    Annotation.objects.bulk_create(
        Annotation(
            project=project, item_id=lease.item_id, user=lease.user, lease=lease, key=uuid.uuid4(), arm=Arm.BLIND,
            label_id=truth(lease.item_id + (chance.random() < slips), project), arm_probability=1.0,
            guideline_version=guideline, milliseconds=900, answered_at=now,
        )
        for lease in leases
    )  # fmt: skip
    weigh(project=project, item_ids=item_ids)


def modelled(owner: User, errors: float, known_errors: float) -> tuple[Project, list[User], list[int]]:
    """A model wrong on this share of the open items, and on that of those that people have answered."""
    project, crowd = people(owner, 3, target=0.9, answer_limit=9)
    items = make_items(project, HELDOUT + KNOWN + OPEN, heldout=HELDOUT)
    admit_ready(project=project)
    ids = [item.pk for item in items]
    known, rest = ids[HELDOUT : HELDOUT + KNOWN], ids[HELDOUT + KNOWN :]
    answered(project, crowd, [*ids[:HELDOUT], *known], slips=SLIPS, seed=1)
    version = register(
        actor=None, project=project, recipe={}, artefact="a", label_ids=true_label_ids(project), metrics={}
    )
    chance = random.Random(2)
    rows = []
    for item_id in ids:
        wrong = chance.random() < (known_errors if item_id in known else errors)
        sure = 0.9 + 0.09 * chance.random()
        says_first = (item_id % 2 == 0) != wrong
        rows.append(Opinion(item_id, (sure, 1 - sure) if says_first else (1 - sure, sure), item_id in known))
    write(version=version, rows=rows)
    promote(actor=None, version=version)
    refit(project=project)
    return project, crowd, rest


def audited(project: Project, crowd: Sequence[User], *, rounds: int = 4) -> EarlyAudit:
    """Turn it on and answer what the audit asks, until it is decided."""
    for round_ in range(rounds):
        tend_early(project=project)
        row = EarlyAudit.objects.get(project=project)
        if row.state != AuditState.RUNNING:
            break
        sample = row.labels.filter(place__lt=row.drawn).values_list("item_id", flat=True)
        fresh = [item_id for item_id in sample if not Annotation.objects.filter(item=item_id).exists()]
        answered(project, crowd, fresh, slips=SLIPS, seed=10 + round_)
        tend_early(project=project)
    return EarlyAudit.objects.get(project=project)


@pytest.fixture
def good(alice: User) -> tuple[Project, list[User], list[int]]:
    return modelled(alice, errors=0.01, known_errors=0.0)


def turn_on(project: Project, owner: User) -> None:
    set_early(actor=owner, project=project, enabled=True, risk=0.1)


Made = tuple[Project, list[User], list[int]]


def test_nothing_is_finished_early_unless_the_owner_says_so(good: Made) -> None:
    project, _, _ = good
    assert tend_early(project=project) == 0
    assert not EarlyAudit.objects.exists()


def test_a_good_model_passes_and_its_items_are_verified_as_auto(good: Made, alice: User) -> None:
    project, crowd, _ = good
    turn_on(project, alice)
    tend_early(project=project)
    row = EarlyAudit.objects.get()
    held = row.labels.filter(place__gte=row.drawn).values("item_id")
    assert (row.state, row.looks) == (AuditState.RUNNING, 0)
    assert set(QueueEntry.objects.filter(item__in=held).values_list("wanted", "blind")) == {(0, False)}
    sampled = QueueEntry.objects.exclude(item__in=held).filter(item__early__audit=row)
    assert set(sampled.values_list("wanted", "blind")) == {(3, True)}
    leases = claim(actor=crowd[0], project=project, count=20)
    drawn = set(sampled.values_list("pk", flat=True))
    assert {lease.arm for lease in leases if lease.item_id in drawn} == {Arm.BLIND}
    release(actor=crowd[0], project=project, lease_ids=[lease.pk for lease in leases])
    row = audited(project, crowd)
    assert (row.state, row.bound is not None and row.bound <= 0.1) == (AuditState.PASSED, True)
    done = Consensus.objects.filter(project=project, auto=True)
    assert done.count() == row.items - row.drawn
    assert not done.filter(item__heldout=True).exists()
    assert not done.exclude(verdict=Verdict.VERIFIED).exists()
    assert all(one.label_id == EarlyLabel.objects.get(item=one.item_id).label_id for one in done[:10])
    assert not QueueEntry.objects.filter(item__in=done.values("item"), wanted__gt=0).exists()
    marks = {line["auto"] for line in exported(project) if line["item"] in set(done.values_list("item", flat=True))}
    assert marks == {True}
    trained = {int(line.id) for line in collect(project).rows if line.split == "train"}
    assert not trained & set(done.values_list("item", flat=True))
    assert tend_early(project=project) == 0  # done twice
    refit(project=project)
    assert Consensus.objects.filter(project=project, auto=True).count() == row.items - row.drawn


def test_a_model_that_is_worse_than_it_says_fails_and_all_are_asked_again(alice: User) -> None:
    project, crowd, _ = modelled(alice, errors=0.3, known_errors=0.0)
    turn_on(project, alice)
    row = audited(project, crowd)
    assert (row.state, row.reason != "") == (AuditState.FAILED, True)
    assert not Consensus.objects.filter(auto=True).exists()
    untouched = row.labels.filter(place__gte=row.drawn).values("item_id")
    assert set(QueueEntry.objects.filter(item__in=untouched).values_list("wanted", "blind")) == {(1, False)}
    assert tend_early(project=project) == 0  # no second audit of the same model


def test_turned_off_or_a_higher_target_puts_them_back(good: Made, alice: User) -> None:
    project, crowd, _ = good
    turn_on(project, alice)
    audited(project, crowd)
    Project.objects.filter(pk=project.pk).update(target=0.99)
    project.refresh_from_db()
    tend_early(project=project)
    assert EarlyAudit.objects.get().state == AuditState.WITHDRAWN
    assert not Consensus.objects.filter(auto=True).exists()
    set_early(actor=alice, project=project, enabled=False, risk=0.1)
    assert tend_early(project=project) == 0
    with pytest.raises(BadInput):
        set_early(actor=alice, project=project, enabled=True, risk=0.9)


def test_an_answer_that_the_audit_did_not_know_sets_an_item_free(good: Made, alice: User) -> None:
    project, crowd, _ = good
    turn_on(project, alice)
    audited(project, crowd)
    item_id = Consensus.objects.filter(auto=True).values_list("item_id", flat=True)[0]
    answered(project, crowd[:1], [item_id], slips=0.0, seed=5)
    assert not Consensus.objects.get(item=item_id).auto


def test_killed_half_way_it_is_carried_out_by_the_next_step(
    good: Made, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    project, crowd, _ = good
    turn_on(project, alice)
    monkeypatch.setattr(early, "CHUNK", 50)
    real: Callable[..., Any] = weigh
    calls = []

    def dies(**given: Any) -> Any:
        calls.append(given)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return real(**given)

    monkeypatch.setattr(early, "weigh", dies)
    with pytest.raises(KeyboardInterrupt):
        tend_early(project=project)
    assert EarlyAudit.objects.get().applied_at is None
    monkeypatch.setattr(early, "weigh", real)
    assert audited(project, crowd).state == AuditState.PASSED
    row = EarlyAudit.objects.get()
    assert Consensus.objects.filter(auto=True).count() == row.items - row.drawn


@pytest.mark.django_db(transaction=True)
def test_two_at_once_freeze_one_set_and_spend_one_look(good: Made, alice: User) -> None:
    project, crowd, _ = good
    turn_on(project, alice)

    def step(_: int) -> None:
        tend_early(project=project)
        connection.close()

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(step, range(2)))
    row = EarlyAudit.objects.get()
    assert row.labels.count() == row.items
    sample = list(row.labels.filter(place__lt=row.drawn).values_list("item_id", flat=True))
    answered(project, crowd, sample, slips=SLIPS, seed=10)
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(step, range(2)))
    assert EarlyAudit.objects.get().looks == 1
