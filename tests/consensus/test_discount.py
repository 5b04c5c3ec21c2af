"""An annotator found bad: their answers stay and weigh nothing, and what rested on them is asked again."""

from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from typing import Any
from unittest.mock import patch

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.utils import timezone

from labeling.annotations.anchoring import known_copying
from labeling.annotations.models import Annotation
from labeling.assignments.actions import admit_ready, claim
from labeling.assignments.models import QueueEntry
from labeling.audit.models import Event
from labeling.consensus.actions import discount, refit, refit_if_ripe, restore
from labeling.consensus.models import Consensus, Verdict
from labeling.errors import NotFound
from labeling.projects.actions import discount_member, restore_member
from labeling.projects.models import Member, Project
from tests.consensus.test_consensus import say
from tests.factories import add, make_items, make_project, make_user


def people(owner: User, count: int, **settings: Any) -> tuple[Project, list[User]]:
    project = make_project(owner, heldout_share=0.0, **settings)
    crowd = [make_user(f"person{number}") for number in range(count)]
    for user in crowd:
        add(project, user)
    return project, crowd


@pytest.mark.django_db
def test_labels_that_rested_on_a_discounted_person_are_asked_again(alice: User) -> None:
    project, (bad, good, other) = people(alice, 3)
    first, second = make_items(project, 2)
    admit_ready(project=project)
    say(first, bad, "cat")
    say(first, good, "cat")
    say(second, good, "dog")
    assert say(second, other, "dog").verdict == Verdict.VERIFIED
    assert discount(actor=alice, project=project, user=bad).discounted_at is not None
    row = Consensus.objects.get(item=first)
    assert (row.verdict, row.answers, row.verified_at) == (Verdict.OPEN, 1, None)
    assert Consensus.objects.get(item=second).verdict == Verdict.VERIFIED
    assert Annotation.objects.filter(user=bad).count() == 1
    assert [lease.item_id for lease in claim(actor=other, project=project, count=5)] == [first.pk]


@pytest.mark.django_db
def test_item_with_nothing_but_discounted_answers_is_open_again(alice: User) -> None:
    project, (bad, good) = people(alice, 2)
    [item] = make_items(project, 1)
    admit_ready(project=project)
    say(item, bad, "cat")
    discount(actor=alice, project=project, user=bad)
    row = Consensus.objects.get(item=item)
    assert (row.verdict, row.answers) == (Verdict.OPEN, 0)
    assert len(claim(actor=good, project=project, count=1)) == 1


@pytest.mark.django_db
def test_restoring_a_person_brings_the_same_labels_back(alice: User) -> None:
    project, (bad, good) = people(alice, 2)
    [item] = make_items(project, 1)
    admit_ready(project=project)
    say(item, bad, "cat")
    before = say(item, good, "cat")
    discount(actor=alice, project=project, user=bad)
    restore(actor=alice, project=project, user=bad)
    after = Consensus.objects.get(item=item)
    assert (after.verdict, after.answers) == (before.verdict, 2)
    assert after.confidence == pytest.approx(before.confidence)
    assert QueueEntry.objects.get(item=item).wanted == 0


@pytest.mark.django_db
def test_discounting_twice_changes_nothing_and_is_told_once(alice: User) -> None:
    project, (bad, _) = people(alice, 2)
    since = discount(actor=alice, project=project, user=bad).discounted_at
    assert discount(actor=alice, project=project, user=bad).discounted_at == since
    assert Event.objects.filter(verb="discount").count() == 1


@pytest.mark.django_db
def test_outsider_cannot_be_discounted_and_a_removed_member_can(alice: User, charlie: User) -> None:
    project, (bad, _) = people(alice, 2)
    with pytest.raises(NotFound):
        discount(actor=alice, project=project, user=charlie)
    Member.objects.filter(project=project, user=bad).update(removed_at=timezone.now())
    assert discount(actor=alice, project=project, user=bad).discounted_at is not None


@pytest.mark.django_db
def test_later_answers_of_a_discounted_person_are_stored_and_weigh_nothing(alice: User) -> None:
    project, (bad, good) = people(alice, 2)
    [item] = make_items(project, 1)
    admit_ready(project=project)
    say(item, good, "cat")
    discount(actor=alice, project=project, user=bad)
    assert say(item, bad, "cat").answers == 1
    assert Annotation.objects.filter(user=bad).count() == 1
    assert QueueEntry.objects.get(item=item).wanted == 1


@pytest.mark.django_db
def test_full_pass_leaves_out_discounted_people_and_finishes_what_was_cut_short(alice: User) -> None:
    project, (bad, good, other) = people(alice, 3)
    first, second = make_items(project, 2)
    admit_ready(project=project)
    say(first, bad, "cat")
    say(second, good, "dog")
    say(second, other, "dog")
    Member.objects.filter(user=bad).update(discounted_at=timezone.now())  # killed before anything was weighed
    fit = refit(project=project)
    assert fit is not None
    assert (fit.answers, bad.pk in fit.user_ids) == (2, False)
    assert Consensus.objects.get(item=first).answers == 0


@pytest.mark.django_db
def test_a_change_of_weight_that_was_killed_half_way_is_finished_by_itself(alice: User) -> None:
    project, (bad, good) = people(alice, 2)
    [item] = make_items(project, 1)
    admit_ready(project=project)
    say(item, bad, "cat")
    say(item, good, "cat")
    assert refit(project=project) is not None
    for act, answers in ((discount_member, 1), (restore_member, 2)):
        act(actor=alice, project=project, user=bad)  # killed before anything was weighed
        assert refit_if_ripe(project=project) is not None
        assert Consensus.objects.get(item=item).answers == answers
        assert refit_if_ripe(project=project) is None


@pytest.mark.django_db
def test_who_is_discounted_while_a_fit_is_under_way_is_left_out_by_the_next(alice: User) -> None:
    project, (bad, good) = people(alice, 2)
    [item] = make_items(project, 1)
    admit_ready(project=project)
    say(item, bad, "cat")
    say(item, good, "cat")

    def meanwhile(*given: Any) -> Any:
        discount(actor=alice, project=project, user=bad)
        return known_copying(*given)

    with patch.object(import_module("labeling.consensus.actions.refit"), "known_copying", meanwhile):
        fit = refit(project=project)
    assert fit is not None
    assert bad.pk in fit.user_ids
    again = refit_if_ripe(project=project)
    assert again is not None
    assert bad.pk not in again.user_ids


@pytest.mark.django_db(transaction=True)
def test_two_owners_discount_at_once_and_answers_keep_coming(alice: User) -> None:
    project, (bad, good) = people(alice, 2)
    items = make_items(project, 6)
    admit_ready(project=project)
    for item in items:
        say(item, bad, "cat")

    def act(number: int) -> None:
        try:
            if number < 2:
                discount(actor=alice, project=project, user=bad)
            else:
                say(items[number], good, "cat")
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(act, range(4)))
    counted = dict(Consensus.objects.values_list("item_id", "answers"))
    assert [counted[item.pk] for item in items] == [0, 0, 1, 1, 0, 0]
    assert Event.objects.filter(verb="discount").count() == 1
