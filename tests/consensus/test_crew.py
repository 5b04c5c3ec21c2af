"""Whose answer an item waits for: anyone's who may still answer it, else an expert's, and nobody's who cannot come."""

import uuid
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.utils import timezone

from labeling.annotations.actions import Answer
from labeling.annotations.models import Annotation, Skip
from labeling.assignments.actions import admit_ready, claim, claim_disputed, expire, lift, pause
from labeling.assignments.models import Audience, Lease, LeaseState, QueueEntry
from labeling.consensus.actions import discount, redirect, refit, requeue, restore
from labeling.consensus.crew import crew
from labeling.consensus.models import Consensus, Crew, Verdict
from labeling.consensus.tasks import redirect_projects
from labeling.items.models import Item
from labeling.projects.actions import change_role, remove_member
from labeling.projects.models import Label, Project
from labeling.work.actions import skip, submit, undo
from tests.consensus.test_consensus import say
from tests.consensus.test_discount import people
from tests.factories import add, make_items, make_user

pytestmark = pytest.mark.django_db


def one_item(project: Project, *, heldout: int = 0) -> Item:
    [item] = make_items(project, 1, heldout=heldout)
    admit_ready(project=project)
    return item


def pass_over(project: Project, *persons: User) -> None:
    for person in persons:
        [lease] = claim(actor=person, project=project, count=1)
        skip(actor=person, project=project, lease_id=lease.pk, key=uuid.uuid4(), reason="unclear", note="")


def settle(lease: Lease, name: str) -> Consensus:
    label = Label.objects.get(project=lease.project, name=name)
    said = Answer(lease.pk, uuid.uuid4(), label.pk, None, 900, timezone.now())
    [result] = submit(actor=lease.user, project=lease.project, answers=[said])
    assert result.status == "stored", result
    return Consensus.objects.get(item=lease.item_id)


def asked(item: Item) -> tuple[int, str]:
    """How many answers of whom."""
    entry = QueueEntry.objects.get(item=item)
    return entry.wanted, entry.audience


def test_item_that_everybody_passed_over_goes_to_an_expert(alice: User) -> None:
    project, (one, two) = people(alice, 2)
    item = one_item(project)
    pass_over(project, one)
    assert asked(item) == (1, Audience.ANYONE)
    pass_over(project, two)
    assert asked(item) == (1, Audience.EXPERT)
    [lease] = claim_disputed(actor=alice, project=project, count=1)
    row = settle(lease, "cat")
    assert (row.verdict, row.label.name) == (Verdict.VERIFIED, "cat")


def test_item_that_one_answered_and_all_others_passed_over_goes_to_an_expert(alice: User) -> None:
    project, (one, two) = people(alice, 2)
    item = one_item(project)
    pass_over(project, one)
    assert say(item, two, "cat").verdict == Verdict.DISPUTED
    assert asked(item) == (1, Audience.EXPERT)
    refit(project=project)
    assert asked(item) == (1, Audience.EXPERT)
    assert len(claim_disputed(actor=alice, project=project, count=1)) == 1


def test_heldout_item_wants_no_more_answers_than_there_are_people_left(alice: User) -> None:
    project, (one, two, three) = people(alice, 3)
    item = one_item(project, heldout=1)
    pass_over(project, one)
    assert asked(item) == (2, Audience.ANYONE)
    say(item, two, "cat")
    assert asked(item) == (1, Audience.ANYONE)
    assert say(item, three, "cat").verdict == Verdict.VERIFIED


def test_whoever_holds_an_item_may_still_answer_it(alice: User) -> None:
    project, (one, two) = people(alice, 2, heldout_answers=2)
    item = one_item(project, heldout=1)
    [lease] = claim(actor=two, project=project, count=1)
    say(item, one, "cat")
    assert asked(item) == (1, Audience.ANYONE)
    assert settle(lease, "cat").verdict == Verdict.VERIFIED


def test_taking_a_skip_back_asks_the_crew_again(alice: User) -> None:
    project, (one, two) = people(alice, 2)
    item = one_item(project)
    pass_over(project, one, two)
    undo(actor=two, project=project, key=Skip.objects.latest("id").key)
    assert asked(item) == (1, Audience.ANYONE)


def test_passing_over_twice_with_one_key_is_one_skip(alice: User) -> None:
    project, (one, _) = people(alice, 2)
    item = one_item(project)
    [lease] = claim(actor=one, project=project, count=1)
    key = uuid.uuid4()
    for _again in range(2):
        skip(actor=one, project=project, lease_id=lease.pk, key=key, reason="other", note="")
    assert (Skip.objects.count(), asked(item)) == (1, (1, Audience.ANYONE))


@pytest.mark.django_db(transaction=True)
def test_two_who_pass_over_at_once_leave_it_to_an_expert(alice: User) -> None:
    project, crowd = people(alice, 2, heldout_answers=2)
    item = one_item(project, heldout=1)
    leases = [claim(actor=person, project=project, count=1)[0] for person in crowd]

    def act(lease: Lease) -> None:
        try:
            skip(actor=lease.user, project=project, lease_id=lease.pk, key=uuid.uuid4(), reason="other", note="")
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(act, leases))
    assert asked(item) == (1, Audience.EXPERT)


def test_three_skips_send_an_item_to_an_expert_whatever_is_weighed_after(alice: User) -> None:
    project, crowd = people(alice, 6, target=0.999, answer_limit=9)
    item = one_item(project)
    say(item, crowd[0], "cat")
    [late] = claim(actor=crowd[1], project=project, count=1)
    Lease.objects.filter(pk=late.pk).update(expires_at=timezone.now() - timedelta(seconds=1))
    expire(project=project)
    pass_over(project, *crowd[2:5])
    assert asked(item) == (1, Audience.EXPERT)
    refit(project=project)
    assert asked(item) == (1, Audience.EXPERT)
    settle(late, "dog")  # the late answer of a former holder
    assert asked(item) == (1, Audience.EXPERT)
    requeue(actor=alice, project=project, item_ids=[item.pk])
    assert asked(item) == (1, Audience.ANYONE)  # also of those who passed over it


def test_answers_of_owners_and_of_former_members_use_up_nobody_elses(alice: User) -> None:
    project, (gone, one, two) = people(alice, 3, target=0.999)
    item = one_item(project)
    say(item, alice, "cat")
    say(item, gone, "cat")
    remove_member(actor=alice, project=project, user=gone)
    assert say(item, one, "dog").verdict == Verdict.OPEN
    assert asked(item) == (1, Audience.ANYONE)
    assert say(item, two, "dog").verdict == Verdict.DISPUTED


def test_only_expert_decides_also_what_they_answered_before(alice: User) -> None:
    project, (one, two) = people(alice, 2, target=0.999)
    item = one_item(project)
    for person, name in ((alice, "cat"), (one, "dog"), (two, "cat")):
        say(item, person, name)
    assert asked(item) == (1, Audience.EXPERT)
    [lease] = claim_disputed(actor=alice, project=project, count=1)
    assert Consensus.objects.get(item=item).answers == 3  # the earlier answer weighs on until there is a new one
    row = settle(lease, "dog")
    assert (row.verdict, row.label.name, row.answers) == (Verdict.VERIFIED, "dog", 3)
    assert Annotation.objects.standing().filter(item=item, user=alice).get().label == row.label
    assert Annotation.objects.filter(item=item, user=alice).count() == 2
    assert claim_disputed(actor=alice, project=project, count=1) == []


def test_only_expert_who_settled_an_item_gets_it_when_the_owner_wants_another_look(alice: User) -> None:
    project, (one, two) = people(alice, 2)
    item = one_item(project)
    say(item, one, "cat")
    say(item, two, "dog")
    [lease] = claim_disputed(actor=alice, project=project, count=1)
    settle(lease, "cat")
    requeue(actor=alice, project=project, item_ids=[item.pk])
    assert asked(item) == (1, Audience.EXPERT)
    [again] = claim_disputed(actor=alice, project=project, count=1)
    assert claim_disputed(actor=alice, project=project, count=1) == []  # held: not twice at once
    row = settle(again, "dog")
    assert (row.verdict, row.label.name, row.answers) == (Verdict.VERIFIED, "dog", 3)
    assert Lease.objects.filter(item=item, user=alice, state=LeaseState.ANSWERED).get() == again


def test_what_an_expert_is_not_sure_of_comes_back_only_when_wanted_again(alice: User) -> None:
    project, (one, two) = people(alice, 2)
    item = one_item(project)
    say(item, one, "cat")
    say(item, two, "dog")
    [lease] = claim_disputed(actor=alice, project=project, count=1)
    settle(lease, "Not sure")
    assert claim_disputed(actor=alice, project=project, count=1) == []
    requeue(actor=alice, project=project, item_ids=[item.pk])
    assert len(claim_disputed(actor=alice, project=project, count=1)) == 1


def stuck_with_one(owner: User, count: int = 2) -> tuple[Project, Item, Sequence[User]]:
    """A project at rest with an item that one has answered and one person is still to be asked about."""
    project, crowd = people(owner, count)
    item = one_item(project)
    say(item, crowd[0], "cat")
    for person in crowd[1:-1]:
        say(item, person, "dog")
    redirect(project=project)
    assert asked(item) == (1, Audience.ANYONE)
    return project, item, crowd


@pytest.mark.parametrize("way", ["removed", "paused", "discounted", "promoted"])
def test_item_that_waits_for_somebody_who_left_goes_to_an_expert(alice: User, way: str) -> None:
    project, item, (_, last) = stuck_with_one(alice)
    assert redirect(project=project) == 0
    if way == "removed":
        remove_member(actor=alice, project=project, user=last)
    elif way == "paused":
        pause(actor=None, project=project, user=last, reason="Too fast.")
    elif way == "promoted":
        change_role(actor=alice, project=project, user=last, role="expert")
    else:
        discount(actor=alice, project=project, user=last)
    assert redirect_projects() == 1
    assert asked(item) == (1, Audience.EXPERT)
    assert redirect_projects() == 0


@pytest.mark.parametrize("way", ["joined", "back", "lifted", "restored"])
def test_item_comes_back_from_the_expert_when_somebody_can_answer_it(alice: User, way: str) -> None:
    project, item, (_, last) = stuck_with_one(alice)
    pause(actor=None, project=project, user=last, reason="Too fast.")
    if way == "back":
        remove_member(actor=alice, project=project, user=last)
        lift(actor=alice, project=project, user=last)
    elif way == "restored":
        discount(actor=alice, project=project, user=last)
        lift(actor=alice, project=project, user=last)
    redirect(project=project)
    assert asked(item) == (1, Audience.EXPERT)
    if way in ("joined", "back"):
        add(project, last if way == "back" else make_user("newcomer"))
    elif way == "lifted":
        lift(actor=alice, project=project, user=last)
    else:
        restore(actor=alice, project=project, user=last)
    assert redirect(project=project) == 1
    assert asked(item) == (1, Audience.ANYONE)


def test_unanswered_item_whose_last_reader_left_is_put_right_and_untouched_ones_stay(alice: User) -> None:
    project, (one, two) = people(alice, 2)
    item, *untouched = make_items(project, 4)
    admit_ready(project=project)
    lease = next(lease for lease in claim(actor=one, project=project, count=4) if lease.item_id == item.pk)
    skip(actor=one, project=project, lease_id=lease.pk, key=uuid.uuid4(), reason="other", note="")
    redirect(project=project)
    remove_member(actor=alice, project=project, user=two)
    assert redirect(project=project) == 1
    assert asked(item) == (1, Audience.EXPERT)
    assert {asked(other) for other in untouched} == {(1, Audience.ANYONE)}


def test_redirecting_killed_half_way_is_done_again(alice: User, monkeypatch: pytest.MonkeyPatch) -> None:
    project, item, (_, last) = stuck_with_one(alice)
    remove_member(actor=alice, project=project, user=last)
    with monkeypatch.context() as patched:
        patched.setattr("labeling.consensus.actions.redirecting.weigh", _killed)
        with pytest.raises(KeyboardInterrupt):
            redirect(project=project)
    assert Crew.objects.get(project=project).user_ids != crew(project)
    assert redirect(project=project) == 1
    assert asked(item) == (1, Audience.EXPERT)


def _killed(**_: object) -> None:
    raise KeyboardInterrupt
