"""The entry quiz: gold alone, answers that weigh nothing until it is passed, a pause with its reason otherwise."""

import pytest
from django.contrib.auth.models import User

from labeling.annotations.actions import judge_quiz
from labeling.annotations.models import Annotation
from labeling.assignments.actions import admit_ready, claim, lift, pause, repeat_quiz, set_trust
from labeling.assignments.models import Clearance, ClearanceState, Lease
from labeling.assignments.permits import clearance_of
from labeling.consensus.evidence import counting
from labeling.consensus.models import Consensus
from labeling.errors import BadInput, Conflict, NotFound
from labeling.projects.models import Label, Project
from labeling.work.actions import undo
from tests.assignments.test_claim import everywhere
from tests.assignments.test_gold import answer, make_gold
from tests.factories import add, make_items, make_project
from tests.work.people import Annotator


@pytest.fixture
def project(alice: User, bob: User) -> Project:
    """Four gold questions, three right of the last four to pass, six at most."""
    made = make_project(alice, heldout_share=0.0)
    add(made, bob)
    make_gold(made, alice, make_items(made, 40)[:8])
    set_trust(actor=alice, project=made, quiz_items=4, quiz_mark=0.75, quiz_limit=6)
    return made


def label(project: Project, name: str) -> int:
    return Label.objects.get(project=project, name=name).pk


def state(user: User, project: Project) -> str:
    clearance = clearance_of(user, project)
    return clearance.state if clearance else ""


@pytest.mark.django_db
def test_newcomer_gets_gold_alone_and_is_let_in_by_passing(project: Project, bob: User) -> None:
    for right in (True, True, False):
        [lease] = claim(actor=bob, project=project, count=1)
        assert lease.gold_id is not None
        answer(bob, project, [lease], label(project, "cat" if right else "dog"))
        assert state(bob, project) == ClearanceState.QUIZ
    answer(bob, project, claim(actor=bob, project=project, count=1), label(project, "cat"))
    assert state(bob, project) == ClearanceState.CLEARED
    leases = claim(actor=bob, project=project, count=20)
    assert any(lease.gold_id is None for lease in leases)


@pytest.mark.django_db
def test_answers_before_passing_weigh_nothing_and_later_ones_do(project: Project, bob: User) -> None:
    while state(bob, project) != ClearanceState.CLEARED:
        answer(bob, project, claim(actor=bob, project=project, count=2), label(project, "cat"))
    assert Annotation.objects.filter(user=bob).count() == 4
    assert not counting(project).exists()
    assert not Consensus.objects.filter(answers__gt=0).exists()
    answer(bob, project, claim(actor=bob, project=project, count=10), label(project, "cat"))
    assert counting(project).count() == 10


@pytest.mark.django_db
def test_failing_pauses_with_the_reason_and_the_owner_can_lift_it(project: Project, alice: User, bob: User) -> None:
    annotator = Annotator(bob, project)
    for _ in range(6):
        [lease] = annotator.claim()
        annotator.answer(lease, label(project, "dog"))
    told = annotator.post("claim", {"count": 3}).json()
    assert (told["leases"], told["state"]) == ([], "paused")
    assert told["reason"] == "Of your last 4 answers in the entry quiz 0 were right; 75 % are needed."
    lift(actor=alice, project=project, user=bob)
    assert lift(actor=alice, project=project, user=bob).state == ClearanceState.CLEARED
    assert len(annotator.claim(count=5)) == 5


@pytest.mark.django_db
def test_who_answered_here_before_is_no_newcomer(project: Project, alice: User, bob: User) -> None:
    set_trust(actor=alice, project=project, quiz_items=0)
    answer(bob, project, claim(actor=bob, project=project, count=1), label(project, "cat"))
    set_trust(actor=alice, project=project, quiz_items=4)
    claim(actor=bob, project=project, count=1)
    assert state(bob, project) == ClearanceState.CLEARED
    assert claim(actor=alice, project=project, count=1)[0].gold_id is None  # owners sit no quiz
    assert not Clearance.objects.filter(user=alice).exists()


@pytest.mark.django_db
def test_a_quiz_without_questions_says_so(project: Project, alice: User, bob: User) -> None:
    bare = make_project(alice, name="Bare", heldout_share=0.0)
    add(bare, bob)
    make_items(bare, 3)
    admit_ready(project=bare)
    set_trust(actor=alice, project=bare, quiz_items=4)
    told = Annotator(bob, bare).post("claim", {"count": 3}).json()
    assert (told["leases"], told["state"]) == ([], "paused")
    assert "no more questions" in told["reason"]


@pytest.mark.django_db
def test_a_repeated_quiz_asks_new_questions_and_no_quiz_ever_weighs(project: Project, alice: User, bob: User) -> None:
    while state(bob, project) != ClearanceState.CLEARED:
        answer(bob, project, claim(actor=bob, project=project, count=1), label(project, "cat"))
    answer(bob, project, claim(actor=bob, project=project, count=3), label(project, "cat"))
    assert counting(project).count() == 3
    repeat_quiz(actor=alice, project=project, user=bob, reason="Once more.")
    before = set(Lease.objects.filter(user=bob).values_list("item_id", flat=True))
    [lease] = claim(actor=bob, project=project, count=1)
    assert lease.gold_id is not None
    assert lease.item_id not in before
    answer(bob, project, [lease], label(project, "cat"))
    assert counting(project).count() == 3


@pytest.mark.django_db
def test_who_is_paused_is_not_sent_through_the_quiz_and_who_asked_is_told(
    project: Project, alice: User, bob: User
) -> None:
    pause(actor=alice, project=project, user=bob, reason="A word first.")
    with pytest.raises(Conflict, match="paused") as refusal:
        repeat_quiz(actor=alice, project=project, user=bob, reason="again")
    assert refusal.value.field == "user"
    # Of two rules that act at once, one pauses: that stays.
    assert repeat_quiz(actor=None, project=project, user=bob, reason="again").state == ClearanceState.PAUSED


@pytest.mark.django_db
def test_pausing_needs_a_reason_and_a_member(project: Project, alice: User, bob: User, charlie: User) -> None:
    with pytest.raises(BadInput):
        pause(actor=alice, project=project, user=bob, reason=" ")
    with pytest.raises(NotFound):
        pause(actor=alice, project=project, user=charlie, reason="No.")
    first = pause(actor=alice, project=project, user=bob, reason="Please read the guideline.")
    again = pause(actor=alice, project=project, user=bob, reason="Another one.")
    assert again.reason == first.reason == "Please read the guideline."
    assert judge_quiz(user=bob, project=project) is None


@pytest.mark.django_db
def test_an_undone_quiz_answer_is_answered_anew(project: Project, bob: User) -> None:
    [lease] = claim(actor=bob, project=project, count=1)
    answer(bob, project, [lease], label(project, "dog"))
    undo(actor=bob, project=project, key=Annotation.objects.get().key)
    answer(bob, project, [lease], label(project, "cat"))
    assert Annotation.objects.standing().filter(user=bob).count() == 1


@pytest.mark.django_db
def test_the_quiz_is_not_passed_by_taking_back_what_was_wrong(project: Project, bob: User) -> None:
    leases, dog, cat = claim(actor=bob, project=project, count=4), label(project, "dog"), label(project, "cat")
    for lease in leases:
        [key] = answer(bob, project, [lease], dog)
        undo(actor=bob, project=project, key=key)
        answer(bob, project, [lease], cat)
    assert state(bob, project) == ClearanceState.QUIZ
    [one, other] = claim(actor=bob, project=project, count=2)  # the last tries, taken back: they count all the same
    for lease in (one, other):
        [key] = answer(bob, project, [lease], dog)
    assert state(bob, project) == ClearanceState.PAUSED


@pytest.mark.django_db(transaction=True)
def test_two_last_answers_at_once_pass_the_quiz_once(project: Project, bob: User) -> None:
    answer(bob, project, claim(actor=bob, project=project, count=2), label(project, "cat"))
    leases, cat = claim(actor=bob, project=project, count=2), label(project, "cat")

    def work(index: int) -> None:
        answer(bob, project, [leases[index]], cat)

    everywhere(work, 2)
    assert state(bob, project) == ClearanceState.CLEARED


@pytest.mark.django_db(transaction=True)
def test_two_tabs_of_a_newcomer_begin_one_quiz(project: Project, bob: User) -> None:

    def begins(_: int) -> None:
        claim(actor=bob, project=project, count=2)

    everywhere(begins, 3)
    assert Clearance.objects.filter(user=bob).count() == 1
    items = list(Lease.objects.filter(user=bob).values_list("item_id", flat=True))
    assert len(items) == len(set(items)) == 6
