"""A new guideline puts exactly the affected answers out of date; their items are asked again."""

from itertools import count
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from labeling.annotations.actions import Answer, Status
from labeling.annotations.models import Annotation
from labeling.assignments.actions import claim
from labeling.assignments.models import Lease, LeaseState
from labeling.consensus.actions import renew, weigh
from labeling.consensus.evidence import counting
from labeling.consensus.freshness import cost
from labeling.consensus.models import Consensus, Verdict
from labeling.consensus.reads import projects_to_renew
from labeling.guidelines.actions import What, edit, withdraw
from labeling.guidelines.reads import current
from labeling.items.models import Item
from labeling.projects.models import Project
from labeling.work.actions import submit
from tests.factories import add, make_items, make_project

NUMBERS = count()


@pytest.fixture
def project(alice: User, bob: User) -> Project:
    made = make_project(alice, target=0.6, heldout_answers=1)
    add(made, bob)
    make_items(made, 4)
    return made


def say(user: User, project: Project, lease: Lease, name: str) -> Annotation:
    """Answer one lease."""
    label = project.labels.get(name=name)
    answer = Answer(lease.pk, uuid4(), label.pk, None, 900, timezone.now())
    (result,) = submit(actor=user, project=project, answers=[answer])
    assert result.status == Status.STORED, result.error
    assert result.annotation is not None
    return result.annotation


def answered(user: User, project: Project, names: list[str]) -> list[Annotation]:
    """Claim as many items as there are names, and answer them so."""
    leases = claim(actor=user, project=project, count=len(names))
    assert len(leases) == len(names)
    return [say(user, project, lease, name) for lease, name in zip(leases, names, strict=True)]


def change(project: Project, affects: str, *names: str) -> None:
    """A new version that affects these classes, carried through."""
    ids = tuple(project.labels.filter(name__in=names).values_list("pk", flat=True))
    edit(
        actor=None, project=project, base_number=current(project).number, text=f"New {next(NUMBERS)}.",
        what=What(affects, ids),
    )  # fmt: skip
    renew(project=project)


def fresh(project: Project) -> set[int]:
    return set(counting(project).values_list("pk", flat=True))


def test_the_wording_alone_puts_nothing_out_of_date(bob: User, project: Project) -> None:
    rows = answered(bob, project, ["cat", "dog"])
    change(project, "nothing")
    assert fresh(project) == {row.pk for row in rows}
    assert Consensus.objects.filter(verdict=Verdict.VERIFIED).count() == 2


def test_exactly_the_answers_of_the_classes_named_are_out_of_date(bob: User, project: Project) -> None:
    cat, dog, unsure = answered(bob, project, ["cat", "dog", "Not sure"])
    change(project, "classes", "cat")
    assert fresh(project) == {dog.pk, unsure.pk}
    assert Annotation.objects.count() == 3, "their history stays"
    assert Consensus.objects.get(pk=cat.item_id).verdict == Verdict.OPEN
    assert Consensus.objects.get(pk=dog.item_id).verdict == Verdict.VERIFIED


def test_their_items_are_asked_again_of_the_same_person(bob: User, project: Project) -> None:
    first = answered(bob, project, ["cat", "dog", "dog", "dog"])[0]
    assert claim(actor=bob, project=project, count=1) == []
    change(project, "classes", "cat")
    (lease,) = claim(actor=bob, project=project, count=5)
    assert (lease.item_id, lease.guideline_version.number) == (first.item_id, 2)
    again = say(bob, project, lease, "dog")
    assert (again.attempt, again.guideline_version.number) == (2, 2)
    assert Consensus.objects.get(pk=first.item_id).label.name == "dog"
    assert first.pk not in fresh(project)


def test_everything_changed(bob: User, project: Project) -> None:
    answered(bob, project, ["cat", "dog"])
    change(project, "all")
    assert fresh(project) == set()
    assert set(Consensus.objects.values_list("verdict", "answers")) == {(Verdict.OPEN, 0)}
    assert len(claim(actor=bob, project=project, count=9)) == 4


def test_a_rejection_goes_with_the_class_that_it_rejects(alice: User, bob: User) -> None:
    project = make_project(alice, mode="confirm")
    add(project, bob)
    (item,) = make_items(project, 1)
    cat = project.labels.get(name="cat")
    item.supposed_labels.create(label=cat, source="folder")
    (lease,) = claim(actor=bob, project=project, count=1)
    submit(actor=bob, project=project, answers=[Answer(lease.pk, uuid4(), None, cat.pk, 900, timezone.now())])
    change(project, "classes", "dog")
    assert len(fresh(project)) == 1
    change(project, "classes", "cat")
    assert fresh(project) == set()


def test_taking_the_version_back_brings_the_answers_back(bob: User, project: Project) -> None:
    cat, dog = answered(bob, project, ["cat", "dog"])
    change(project, "classes", "cat")
    under_two = answered(bob, project, ["cat"])[0]
    withdraw(actor=None, project=project, number=2)
    renew(project=project)
    assert under_two.pk not in fresh(project)
    assert dog.pk in fresh(project)
    assert (cat.pk in fresh(project)) is True
    assert Consensus.objects.get(pk=cat.item_id).verdict == Verdict.VERIFIED


def test_an_older_meaning_stays_out_of_date_after_further_versions(bob: User, project: Project) -> None:
    cat, dog = answered(bob, project, ["cat", "dog"])
    change(project, "classes", "cat")
    change(project, "nothing")
    change(project, "classes", "dog")
    assert fresh(project) == set()
    assert {cat.pk, dog.pk} == set(Annotation.objects.values_list("pk", flat=True))


def test_the_item_at_hand_keeps_its_version_and_the_next_one_has_the_new(bob: User, project: Project) -> None:
    at_hand = claim(actor=bob, project=project, count=1)[0]
    change(project, "all")
    late = say(bob, project, at_hand, "cat")
    assert late.guideline_version.number == 1
    assert late.pk not in fresh(project)
    leases = claim(actor=bob, project=project, count=9)
    assert {lease.guideline_version.number for lease in leases} == {2}
    assert late.item_id in {lease.item_id for lease in leases}, "it is asked again under the new version"


def test_stale_answers_weigh_less_where_the_project_says_so_and_are_still_asked_again(
    bob: User, project: Project
) -> None:
    Project.objects.filter(pk=project.pk).update(stale_weight=0.5)
    project.refresh_from_db()
    (cat,) = answered(bob, project, ["cat"])
    before = Consensus.objects.get(pk=cat.item_id).confidence
    change(project, "all")
    row = Consensus.objects.get(pk=cat.item_id)
    assert row.label.name == "cat"
    assert 0.5 < row.confidence < before
    assert (row.verdict, row.answers) == (Verdict.OPEN, 0)


def test_nothing_is_left_to_do_after_a_kill_half_way(
    bob: User, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    answered(bob, project, ["cat", "cat", "cat"])
    monkeypatch.setattr("labeling.consensus.actions.renewing.CHUNK", 1)
    calls = iter([None])

    def dies(**given: Any) -> list[Consensus]:
        if next(calls, "dead") == "dead":
            raise RuntimeError("killed")
        return weigh(**given)

    monkeypatch.setattr("labeling.consensus.actions.renewing.weigh", dies)
    with pytest.raises(RuntimeError):
        change(project, "all")
    assert Lease.objects.filter(state=LeaseState.OUTDATED).count() == 1
    assert list(projects_to_renew()) == [project]
    monkeypatch.undo()
    assert renew(project=project) == 2
    assert Lease.objects.filter(state=LeaseState.OUTDATED).count() == 3
    assert not projects_to_renew().exists()
    assert renew(project=project) == 0


def test_the_cost_is_told_before(bob: User, project: Project) -> None:
    rows = answered(bob, project, ["cat", "cat", "dog"])
    ids = (project.labels.get(name="cat").pk,)
    told = cost(project, What("classes", ids))
    assert (told.answers, told.items, told.verified, told.again) == (2, 2, 2, 2)
    assert cost(project, What("all")).items == 3
    assert cost(project, What()).answers == 0
    assert fresh(project) == {row.pk for row in rows}
    assert Item.objects.count() == 4
