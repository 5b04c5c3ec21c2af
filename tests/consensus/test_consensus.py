"""From answers to verdicts: the posterior in the submit, the full pass, and what each may hear."""

import uuid
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from labeling.annotations.actions import Answer
from labeling.assignments.actions import admit_ready, claim
from labeling.assignments.models import Arm, Audience, Lease, QueueEntry
from labeling.consensus.actions import refit, refit_if_ripe, weigh
from labeling.consensus.models import Consensus, Fit, Verdict
from labeling.consensus.reads import people_posteriors, project_agreement, verified
from labeling.guidelines.reads import current
from labeling.items.models import Item
from labeling.projects.models import Label, Project
from labeling.projects.reads import true_label_ids
from labeling.registry.models import ModelState, ModelVersion
from labeling.suggestions.models import Suggestion
from labeling.work.actions import submit
from ml.truth import dawid_skene
from ml.truth.leaving import FOLDS
from ml.truth.noise import Fit as NoiseFit
from tests.factories import add, make_items, make_project, make_user

pytestmark = pytest.mark.django_db

Say = Callable[[Item, User, str], Consensus]


@pytest.fixture
def project(alice: User, bob: User) -> Project:
    made = make_project(alice, heldout_share=0.0)
    add(made, bob)
    for name in ("dora", "eve", "fay"):
        add(made, make_user(name))
    return made


@pytest.fixture
def crowd(project: Project) -> list[User]:
    return [member.user for member in project.members.filter(role="annotator").order_by("user_id")]


def say(item: Item, user: User, name: str, *, arm: str = Arm.BLIND, suggestion: Suggestion | None = None) -> Consensus:
    """One person's answer to one item, by a lease written for it."""
    project = item.project
    lease = Lease.objects.create(
        project=project, item=item, user=user, arm=arm, arm_probability=1.0, suggestion=suggestion,
        guideline_version=current(project), claimed_at=timezone.now(), expires_at=timezone.now(), state="expired",
    )  # fmt: skip
    label = Label.objects.get(project=project, name=name)
    answer = Answer(lease.pk, uuid.uuid4(), label.pk, None, 900, timezone.now())
    [result] = submit(actor=user, project=project, answers=[answer])
    assert result.status == "stored", result
    return Consensus.objects.get(item=item)


def suggest(item: Item, name: str, confidence: float) -> Suggestion:
    """What a promoted model said of an item."""
    project = item.project
    ids = true_label_ids(project)
    version, _ = ModelVersion.objects.get_or_create(
        project=project, number=1,
        defaults={"state": ModelState.PROMOTED, "recipe": {}, "artefact": "", "label_ids": ids},
    )  # fmt: skip
    label = Label.objects.get(project=project, name=name)
    rest = (1 - confidence) / (len(ids) - 1)
    return Suggestion.objects.create(
        item=item, model_version=version, label=label, confidence=confidence, out_of_fold=True,
        probabilities=[confidence if pk == label.pk else rest for pk in ids],
    )  # fmt: skip


def test_one_answer_leaves_an_item_open_and_two_that_agree_verify_it(project: Project, crowd: list[User]) -> None:
    [item] = make_items(project, 1)
    admit_ready(project=project)
    first = say(item, crowd[0], "cat")
    assert first.verdict == Verdict.OPEN
    assert QueueEntry.objects.get(item=item).wanted == 1
    for person in crowd[1:]:
        last = say(item, person, "cat")
    assert (last.verdict, last.label.name) == (Verdict.VERIFIED, "cat")
    assert QueueEntry.objects.get(item=item).wanted == 0
    assert list(verified(project)) == [last]


def test_model_speeds_an_item_up_but_alone_verifies_nothing(project: Project, crowd: list[User]) -> None:
    sure, silent = make_items(project, 2)
    suggest(sure, "cat", 0.99)
    admit_ready(project=project)
    assert not Consensus.objects.filter(item=sure).exists()
    weigh(project=project, item_ids=[sure.pk])
    assert not Consensus.objects.filter(item=sure).exists()
    assert say(sure, crowd[0], "cat").verdict == Verdict.VERIFIED
    assert say(silent, crowd[0], "cat").verdict == Verdict.OPEN


def test_heldout_item_never_hears_the_model_and_wants_its_fixed_answers(project: Project, crowd: list[User]) -> None:
    [item] = make_items(project, 1, heldout=1)
    suggest(item, "dog", 0.999)
    admit_ready(project=project)
    alone = say(item, crowd[0], "cat")
    assert alone.label.name == "cat"
    assert (alone.verdict, QueueEntry.objects.get(item=item).wanted) == (Verdict.OPEN, 2)
    say(item, crowd[1], "cat")
    assert say(item, crowd[2], "cat").verdict == Verdict.VERIFIED


def test_project_without_a_helping_model_does_not_hear_it(project: Project, crowd: list[User]) -> None:
    Project.objects.filter(pk=project.pk).update(model_helps=False)
    project.refresh_from_db()
    [item] = make_items(project, 1)
    suggest(item, "cat", 0.99)
    admit_ready(project=project)
    assert say(item, crowd[0], "cat").verdict == Verdict.OPEN
    [lease] = claim(actor=crowd[1], project=project, count=1)
    assert lease.suggestion is None


def test_accepting_a_suggestion_is_worth_less_than_saying_the_same_unasked(project: Project, crowd: list[User]) -> None:
    shown, blind = make_items(project, 2)
    opinion = suggest(shown, "cat", 0.6)
    suggest(blind, "cat", 0.6)
    admit_ready(project=project)
    accepted = say(shown, crowd[0], "cat", arm=Arm.SUGGESTED, suggestion=opinion)
    assert accepted.confidence < say(blind, crowd[0], "cat").confidence


def test_not_sure_counts_as_an_answer_and_says_no_class(project: Project, crowd: list[User]) -> None:
    [item] = make_items(project, 1)
    admit_ready(project=project)
    row = say(item, crowd[0], "Not sure")
    assert row.answers == 1
    assert row.confidence == pytest.approx(1 / len(row.probabilities), abs=0.05)


def test_small_crowd_reaches_its_limit_and_the_item_goes_to_an_expert(alice: User, bob: User) -> None:
    project = make_project(alice, heldout_share=0.0)
    add(project, bob)
    [item] = make_items(project, 1)
    admit_ready(project=project)
    assert say(item, bob, "cat").verdict == Verdict.DISPUTED  # nobody else is there to ask
    assert QueueEntry.objects.get(item=item).audience == Audience.EXPERT


def test_refit_learns_who_is_right_and_weighs_every_item(project: Project, crowd: list[User]) -> None:
    items = make_items(project, 40)
    admit_ready(project=project)
    draw = np.random.default_rng(0)
    for index, item in enumerate(items):
        truth = ("cat", "dog")[index % 2]
        for person in crowd[:3]:
            say(item, person, truth)
        say(item, crowd[3], ("cat", "dog")[int(draw.integers(2))])
    assert refit(project=project) is not None
    row = Fit.objects.get(project=project)
    assert row.answers == 160
    assert Consensus.objects.filter(fit=row).count() == 40
    assert {c.label.name for c in Consensus.objects.filter(item__in=items[::2])} == {"cat"}
    assert refit_if_ripe(project=project) is None  # nothing new
    agreement = project_agreement(project)
    assert agreement.by_person[crowd[0].pk] > agreement.by_person[crowd[3].pk]
    assert agreement.alpha.low < agreement.alpha.value < agreement.alpha.high


def test_a_refit_chooses_the_strength_anew_when_answers_have_doubled(
    project: Project, crowd: list[User], monkeypatch: pytest.MonkeyPatch
) -> None:
    items, given, whole = make_items(project, 12), [], dawid_skene.fit

    def noted(*said: Any, strength: float | None, **named: Any) -> NoiseFit:
        given.append(strength)
        return whole(*said, strength=7.0 if strength is None else strength, **named)

    monkeypatch.setattr(dawid_skene, "fit", noted)
    admit_ready(project=project)
    for answered in (items[:4], items[4:7], items[7:8]):
        for item in answered:
            say(item, crowd[0], "cat")
        refit(project=project)
    assert given == [None, 7.0, None]  # of 4, 7 and 8 answers


def test_online_and_full_pass_agree_on_the_same_parameters(project: Project, crowd: list[User]) -> None:
    items = make_items(project, 12)
    admit_ready(project=project)
    for index, item in enumerate(items):
        for person in crowd[: 2 + index % 3]:
            say(item, person, ("cat", "dog")[(index + person.pk) % 2])
    refit(project=project)
    whole = dict(Consensus.objects.values_list("item_id", "probabilities"))
    for item in items:
        weigh(project=project, item_ids=[item.pk])
        online = Consensus.objects.get(item=item).probabilities
        assert np.allclose(online, whole[item.pk], rtol=0, atol=1e-9)
    alone = people_posteriors(project)
    assert np.allclose([alone[item.pk] for item in items], [whole[item.pk] for item in items], rtol=0, atol=1e-9)


def test_full_pass_writes_only_what_moved(project: Project, crowd: list[User]) -> None:
    settled, doubted = make_items(project, 2)
    admit_ready(project=project)
    for person in crowd[:3]:
        say(settled, person, "cat")
        say(doubted, person, "dog")
    refit(project=project)
    wrong = Consensus.objects.get(item=doubted)
    Consensus.objects.filter(item=doubted).update(probabilities=wrong.probabilities[::-1])
    before = Consensus.objects.get(item=settled)
    refit(project=project)
    after = Consensus.objects.get(item=settled)
    assert (after.updated_at, after.fit_id) == (before.updated_at, before.fit_id)
    assert np.allclose(Consensus.objects.get(item=doubted).probabilities, wrong.probabilities, atol=1e-3)
    weigh(project=project, item_ids=[settled.pk])
    assert Consensus.objects.get(item=settled).updated_at > before.updated_at


def test_counters_match_a_recount(project: Project, crowd: list[User]) -> None:
    items = make_items(project, 6)
    admit_ready(project=project)
    for index, item in enumerate(items):
        for person in crowd[: 1 + index % 4]:
            say(item, person, "cat")
    for row in Consensus.objects.all():
        assert row.answers == row.item.annotations.standing().count()


def test_added_class_makes_posteriors_run_over_it_at_the_next_fit(project: Project, crowd: list[User]) -> None:
    [item] = make_items(project, 1)
    admit_ready(project=project)
    say(item, crowd[0], "cat")
    refit(project=project)
    Label.objects.create(project=project, name="owl", key="9", position=9)
    row = say(item, crowd[1], "owl")
    assert len(row.probabilities) == len(true_label_ids(project))
    assert refit_if_ripe(project=project) is not None
    assert list(Fit.objects.latest("number").label_ids) == true_label_ids(project)


def test_another_promoted_model_makes_a_project_ripe_and_verifies_what_it_confirms(
    project: Project, crowd: list[User]
) -> None:
    [item] = make_items(project, 1)
    admit_ready(project=project)
    say(item, crowd[0], "cat")
    refit(project=project)
    assert refit_if_ripe(project=project) is None
    suggest(item, "cat", 0.99)
    assert refit_if_ripe(project=project) is not None
    assert Consensus.objects.get(item=item).verdict == Verdict.VERIFIED
    assert refit_if_ripe(project=project) is None


def test_item_verified_as_a_class_that_is_retired_is_asked_again(project: Project, crowd: list[User]) -> None:
    [item] = make_items(project, 1)
    admit_ready(project=project)
    for person in crowd[:3]:
        say(item, person, "cat")
    refit(project=project)
    assert Consensus.objects.get(item=item).verdict == Verdict.VERIFIED
    Label.objects.create(project=project, name="owl", key="9", position=9)
    Label.objects.filter(project=project, name="cat").update(retired_at=timezone.now())
    assert refit_if_ripe(project=project) is not None
    row = Consensus.objects.get(item=item)
    assert (row.verdict, row.answers) == (Verdict.OPEN, 0)
    assert QueueEntry.objects.get(item=item).wanted == 1
    assert refit_if_ripe(project=project) is None


def test_online_and_full_pass_agree_with_a_model_whose_temperature_has_not_heard_the_item(
    project: Project, crowd: list[User]
) -> None:
    items = make_items(project, 15)
    admit_ready(project=project)
    for index, item in enumerate(items):
        suggest(item, ("cat", "dog")[(index + (index in (2, 4, 7, 9, 12))) % 2], 0.6 + 0.02 * index)
        for person in crowd[: 2 + index % 3]:
            say(item, person, ("cat", "dog")[(index + (person == crowd[2])) % 2])
    refit(project=project)
    temperatures = Fit.objects.get(project=project).parameters["fold_sharpness"]
    assert len(set(temperatures)) == len(temperatures) == FOLDS
    whole = dict(Consensus.objects.values_list("item_id", "probabilities"))
    for item in items:
        weigh(project=project, item_ids=[item.pk])
        assert np.allclose(Consensus.objects.get(item=item).probabilities, whole[item.pk], rtol=0, atol=1e-9)
