"""The winner becomes the guideline, its inputs items, its answers ordinary ones; all or nothing, and readable after."""

from functools import partial

import pytest
from django.contrib.auth.models import User

from labeling.annotations.models import Annotation
from labeling.assignments.actions import claim
from labeling.assignments.models import Gold
from labeling.consensus.models import Consensus
from labeling.errors import BadInput, Conflict
from labeling.guidelines.models import Example
from labeling.guidelines.reads import current
from labeling.items.models import Item
from labeling.oz import actions
from labeling.oz.models import Experiment, Precedent
from labeling.projects.reads import active_labels
from tests.oz.conftest import answer_all, picture

INPUTS = 8


@pytest.fixture
def answered(experiment: Experiment, alice: User, wanda: User, willy: User) -> Experiment:
    """B's wizards agree on all but the last input."""
    for seed in range(INPUTS):
        actions.bring_file(
            actor=alice, project=experiment.project, experiment=experiment, name=f"{seed}.png", data=picture(seed)
        )
    actions.start(actor=alice, experiment=experiment)
    for wizard, last in ((wanda, "go"), (willy, "stay")):
        answer_all(experiment, wizard, {"A": lambda at: "good", "B": partial(alternating, last)})
    return experiment


def alternating(last: str, at: int) -> str:
    """One and the other in turn, and this at the end."""
    return last if at == INPUTS - 1 else "go" if at % 2 else "stay"


def test_all_of_it_in_one_step(answered: Experiment, alice: User, bob: User) -> None:
    done = actions.graduate(actor=alice, experiment=answered, letter="B", why="People went there.")
    project = answered.project
    version = current(project)
    assert (done.state, done.guideline_number, version.number) == ("graduated", 2, 2)
    assert version.question == "Does this make you want to go there?"
    assert [label.name for label in active_labels(project) if label.role == "class"] == ["go", "stay"]
    assert Item.objects.filter(project=project).count() == INPUTS
    assert Annotation.objects.filter(project=project, guideline_version=version).count() == 2 * INPUTS
    disputed = Consensus.objects.get(item__name=f"{INPUTS - 1}.png")
    assert disputed.verdict != "verified"
    gold, shown = set(Gold.objects.values_list("item", flat=True)), set(Example.objects.values_list("item", flat=True))
    assert len(gold) == 4
    assert len(shown) == 3
    assert not gold & shown
    assert set(version.example_ids) == set(Example.objects.values_list("pk", flat=True))
    assert disputed.item_id not in gold | shown
    leases = claim(actor=bob, project=project, count=5)
    assert {lease.guideline_version_id for lease in leases} == {version.pk}


def test_disputed_ones_wait_for_the_owner(answered: Experiment, alice: User) -> None:
    actions.graduate(actor=alice, experiment=answered, letter="B", why="People went there.")
    [case] = Precedent.objects.filter(clear=False)
    assert case.votes == {"go": 1, "stay": 1}
    assert case.label is None
    label = next(each for each in active_labels(answered.project) if each.name == "go")
    actions.decide(
        actor=alice, experiment=answered, precedent_id=case.pk, label_id=label.pk, because="The sea is in view."
    )
    consensus = Consensus.objects.get(item=case.item_id)
    assert (consensus.verdict, consensus.label, consensus.by_expert) == ("verified", label, True)
    example = Example.objects.get(item=case.item_id)
    assert example.because == "The sea is in view."
    assert example.pk in current(answered.project).example_ids
    with pytest.raises(Conflict):
        actions.decide(actor=alice, experiment=answered, precedent_id=case.pk, label_id=label.pk)


def test_all_or_nothing(answered: Experiment, alice: User, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(**_: object) -> None:
        raise RuntimeError("killed half-way")

    monkeypatch.setattr("labeling.oz.actions.graduating.weigh", fail)
    with pytest.raises(RuntimeError):
        actions.graduate(actor=alice, experiment=answered, letter="B", why="People went there.")
    answered.refresh_from_db()
    assert answered.state == "running"
    assert current(answered.project).number == 1
    assert not Item.objects.exists()
    assert not Annotation.objects.exists()


def test_twice_changes_nothing_and_reasons_are_asked_for(answered: Experiment, alice: User) -> None:
    with pytest.raises(BadInput, match="why this one won"):
        actions.graduate(actor=alice, experiment=answered, letter="B", why=" ")
    actions.graduate(actor=alice, experiment=answered, letter="B", why="People went there.")
    with pytest.raises(Conflict, match="graduated"):
        actions.graduate(actor=alice, experiment=answered, letter="A", why="On second thoughts.")
    assert current(answered.project).number == 2


def test_nothing_answered_cannot_graduate(experiment: Experiment, alice: User) -> None:
    actions.start(actor=alice, experiment=experiment)
    with pytest.raises(Conflict, match="Nobody has answered"):
        actions.graduate(actor=alice, experiment=experiment, letter="A", why="I like it.")
