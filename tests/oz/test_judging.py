"""End users judge blind, each once, sides balanced; figures with intervals that stay sound."""

from collections.abc import Callable

import pytest
from django.contrib.auth.models import User

from labeling.errors import BadInput, Conflict, NotAllowed, NotFound
from labeling.oz import actions
from labeling.oz.models import Experiment, Judgement, Showing
from labeling.oz.standing import standing
from tests.factories import add
from tests.oz.conftest import answer_all, picture

INPUTS = 6


@pytest.fixture
def answered(experiment: Experiment, alice: User, wanda: User, willy: User) -> Experiment:
    """Both wizards have answered all: A's wizards mostly split, B's agree."""
    for seed in range(INPUTS):
        actions.bring_file(
            actor=alice, project=experiment.project, experiment=experiment, name=f"{seed}.png", data=picture(seed)
        )
    actions.start(actor=alice, experiment=experiment)
    answer_all(experiment, wanda, {"A": lambda at: "good", "B": lambda at: "go" if at % 2 else "stay"})
    second = {"A": lambda at: "good" if at < 2 else "bad", "B": lambda at: "go" if at % 2 else "stay"}
    answer_all(experiment, willy, second)
    return experiment


@pytest.fixture
def rater(answered: Experiment, alice: User, person: Callable[[str], User]) -> Callable[[int], User]:
    """The next end user."""

    def fresh(number: int) -> User:
        user = person(f"rater{number}")
        add(answered.project, user)
        actions.seat(actor=alice, experiment=answered, user=user, part="rater")
        return user

    return fresh


def test_each_rater_judges_each_pair_once_and_sides_are_balanced(
    answered: Experiment, rater: Callable[[int], User]
) -> None:
    for number in range(6):
        user = rater(number)
        showing = actions.show(actor=user, experiment=answered)
        assert showing is not None
        assert actions.show(actor=user, experiment=answered) == showing
        side = "right" if showing.first_left else "left"  # always for B
        for _ in range(2):
            actions.judge(actor=user, experiment=answered, showing_id=showing.pk, choice=side)
        with pytest.raises(Conflict):
            actions.judge(actor=user, experiment=answered, showing_id=showing.pk, choice="tie")
        assert actions.show(actor=user, experiment=answered) is None
    assert Judgement.objects.count() == 6
    assert Showing.objects.filter(first_left=True).count() == 3
    [row] = standing(answered).comparisons
    assert (row.wins, row.losses, row.share.mean) == (0, 6, 0.0)
    assert standing(answered).winner is None, "six judgements are too few to be sure"


def test_a_clear_preference_wins_in_the_end(answered: Experiment, rater: Callable[[int], User]) -> None:
    for number in range(24):
        user = rater(number)
        showing = actions.show(actor=user, experiment=answered)
        assert showing is not None
        side = "right" if showing.first_left else "left"
        actions.judge(actor=user, experiment=answered, showing_id=showing.pk, choice=side)
    verdict = standing(answered)
    assert verdict.winner is not None
    assert verdict.winner.letter == "B"


def test_the_gallery_holds_what_the_variant_chose(answered: Experiment, rater: Callable[[int], User]) -> None:
    showing = actions.show(actor=rater(0), experiment=answered)
    assert showing is not None
    first, second = answered.variants.all()
    assert len(showing.outcomes[str(first.pk)]) == INPUTS, "ties go to whoever answered first"
    assert [said for _, said in showing.outcomes[str(second.pk)]] == ["go"] * 3


def test_agreement_by_variant_and_what_splits_the_wizards(answered: Experiment) -> None:
    first, second = standing(answered).standings
    assert second.alpha.value == pytest.approx(1.0)
    assert second.splits == []
    assert first.alpha.value < 0.3
    assert first.alpha.low <= first.alpha.value <= first.alpha.high
    assert [row.votes for row in first.splits] == [{"good": 1, "bad": 1}] * 4


def test_ratings_one_variant_at_a_time(
    alice: User, wanda: User, bob: User, answered: Experiment
) -> None:
    Experiment.objects.filter(pk=answered.pk).update(judging="rating")
    answered.refresh_from_db()
    actions.seat(actor=alice, experiment=answered, user=bob, part="rater")
    seen = set()
    for _ in range(2):
        showing = actions.show(actor=bob, experiment=answered)
        assert showing is not None
        seen.add(showing.first.letter)
        with pytest.raises(BadInput):
            actions.judge(actor=bob, experiment=answered, showing_id=showing.pk, rating=6)
        stars = 5 if showing.first.letter == "B" else 2
        actions.judge(actor=bob, experiment=answered, showing_id=showing.pk, rating=stars)
    assert seen == {"A", "B"}
    assert actions.show(actor=bob, experiment=answered) is None
    means = [row.rating.mean for row in standing(answered).standings]
    assert means == [0.25, 1.0]


def test_wizards_and_outsiders_do_not_judge(answered: Experiment, wanda: User, alice: User, bob: User) -> None:
    with pytest.raises(NotAllowed):
        actions.show(actor=wanda, experiment=answered)
    with pytest.raises(Conflict, match="wizard here already"):
        actions.seat(actor=alice, experiment=answered, user=wanda, part="rater")
    with pytest.raises(NotFound):
        actions.judge(actor=bob, experiment=answered, showing_id=1, choice="left")


def test_nothing_to_see_is_said(experiment: Experiment, alice: User, bob: User) -> None:
    actions.start(actor=alice, experiment=experiment)
    actions.seat(actor=alice, experiment=experiment, user=bob, part="rater")
    with pytest.raises(Conflict, match="nothing to see yet"):
        actions.show(actor=bob, experiment=experiment)
