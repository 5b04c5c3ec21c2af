"""The gate: the first model must beat the commonest class, later ones must not be worse."""

import sys
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from django.contrib.auth.models import User

from labeling.datasets import folders
from labeling.datasets.actions import freeze
from labeling.datasets.models import Snapshot
from labeling.items.models import Item
from labeling.projects.models import Project
from labeling.registry import artefacts
from labeling.registry.models import ModelState, ModelVersion
from labeling.registry.reads import promoted
from labeling.suggestions.models import Suggestion
from labeling.suggestions.reads import spoken
from labeling.training.actions import Trigger, start_run
from labeling.training.actions.execute import execute
from labeling.training.actions.judge import Judgement, judge, same_recipe
from labeling.training.models import RetrainPolicy, RunState
from labeling.training.reads import policy_of
from ml.compare import LEAST_OF_A_SLICE
from ml.train import DEFAULT_RECIPES, Recipe, Trained, train
from tests.training.material import answer_all, people, pictured_project

JUDGING = LEAST_OF_A_SLICE + 4  # held-out items: enough for a part of all of them, too few for a part of a third

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_first_model_no_better_than_the_commonest_class_is_kept_out(alice: User) -> None:
    project = pictured_project(alice)
    answer_all(project, *people(project, "bob", "dora"), most=90)
    snapshot = freeze(actor=None, project=project)
    frozen = folders.read(snapshot)
    commonest = np.bincount(frozen.targets()[frozen.indices("train")].argmax(axis=1)).argmax()
    said = np.tile(np.eye(3, dtype=np.float32)[commonest], (len(frozen.rows), 1))
    trained = Trained(
        folders.root(), frozen.classes, DEFAULT_RECIPES["image"], said, np.zeros(len(said), bool),
        np.zeros((len(said), 0), np.float32), 1.0, 0.3, 1.0, np.ones(3) / 3, (), (), 0.0,
    )  # fmt: skip
    label_ids = snapshot.counts["label_ids"]
    judgement = judge(project=project, frozen=frozen, trained=trained, label_ids=label_ids, policy=policy_of(project))
    assert not judgement.passed
    assert "no better than always saying the commonest class" in judgement.reason


def test_a_worse_model_is_kept_out_and_says_nothing(alice: User, monkeypatch: pytest.MonkeyPatch) -> None:
    project = pictured_project(alice)
    bob, dora = people(project, "bob", "dora")
    answer_all(project, bob, dora, most=90)
    first = execute(run_id=start_run(actor=alice, project=project, trigger=Trigger.OWNER).pk)
    assert first.promoted
    answer_all(project, bob, dora)

    def confused(*args: Any, **options: Any) -> Trained:
        made = train(*args, **options)
        return replace(made, probabilities=np.roll(made.probabilities, 1, axis=1))

    monkeypatch.setattr(sys.modules["labeling.training.actions.execute"], "train", confused)
    second = execute(run_id=start_run(actor=alice, project=project, trigger=Trigger.OWNER).pk)
    assert second.state == RunState.DONE, second.log
    assert not second.promoted
    assert "less often" in second.reason
    assert second.metrics["previous"]["number"] == 1
    assert second.metrics["previous"]["accuracy"] > second.metrics["accuracy"]
    assert promoted(project) == first.model_version
    assert ModelVersion.objects.get(number=2).state == ModelState.REJECTED
    assert not Suggestion.objects.filter(model_version__number=2).exists()


def test_a_model_whose_files_are_gone_is_no_obstacle(alice: User) -> None:
    project = pictured_project(alice, 36)
    bob, dora = people(project, "bob", "dora")
    answer_all(project, bob, dora, most=50)
    first = execute(run_id=start_run(actor=alice, project=project, trigger=Trigger.OWNER).pk)
    assert first.promoted, first.log
    artefacts.remove(f"{project.pk}/run-1")
    Suggestion.objects.all().delete()
    answer_all(project, bob, dora)
    second = execute(run_id=start_run(actor=alice, project=project, trigger=Trigger.OWNER).pk)
    assert second.promoted, second.log
    assert "can no longer be asked" in second.reason


def test_a_model_as_good_takes_the_place_and_both_are_compared_on_the_same_items(alice: User) -> None:
    project = pictured_project(alice)
    bob, dora = people(project, "bob", "dora")
    answer_all(project, bob, dora, most=90)
    execute(run_id=start_run(actor=alice, project=project, trigger=Trigger.OWNER).pk)
    answer_all(project, bob, dora)
    second = execute(run_id=start_run(actor=alice, project=project, trigger=Trigger.OWNER).pk)
    assert second.promoted, second.log
    assert second.metrics["previous"]["items"] == second.metrics["items"]
    assert ModelVersion.objects.get(number=1).state == ModelState.RETIRED


@pytest.fixture
def judged(alice: User) -> tuple[Project, Snapshot]:
    """A project whose first model speaks, all held-out items from one source."""
    project = pictured_project(alice, 80)
    items = Item.objects.filter(project=project)
    items.update(heldout=False)  # by hash their number would be chance, and a part of fewer than 20 is not judged
    items.filter(pk__in=items.order_by("pk").values("pk")[:JUDGING]).update(heldout=True)
    answer_all(project, *people(project, "bob", "dora"))
    items.filter(heldout=True).update(metadata={"source": "field"})
    run = execute(run_id=start_run(actor=alice, project=project, trigger=Trigger.OWNER).pk)
    assert run.promoted, run.log
    assert run.metrics["items"] == JUDGING
    assert run.snapshot is not None
    return project, run.snapshot


def verdict(project: Project, snapshot: Snapshot, wrong: int, recipe: Recipe, **policy: Any) -> Judgement:
    """The judgement on a model that errs in the first `wrong` held-out items."""
    frozen = folders.read(snapshot)
    said = np.nan_to_num(frozen.targets()).argmax(axis=1)
    said[frozen.indices("heldout")[:wrong]] += 1
    trained = Trained(
        folders.root(), frozen.classes, recipe, np.eye(3, dtype=np.float32)[said % 3] * 0.9 + 0.1 / 3,
        np.zeros(len(said), bool), np.zeros((len(said), 0), np.float32), 1.0, 0.9, 0.3, np.ones(3) / 3, (), (), 0.0,
    )  # fmt: skip
    return judge(
        project=project, frozen=frozen, trained=trained, label_ids=snapshot.counts["label_ids"],
        policy=RetrainPolicy(project=project, **policy),
    )  # fmt: skip


def test_a_changed_recipe_must_be_better_and_no_part_much_worse(judged: tuple[Project, Snapshot]) -> None:
    project, snapshot = judged
    now = promoted(project)
    assert now is not None
    same, other = Recipe.from_json(now.recipe), Recipe(kind="image_cnn")
    before = round(now.metrics["items"] * (1 - now.metrics["accuracy"]))  # its mistakes
    assert verdict(project, snapshot, before, same).passed
    changed = verdict(project, snapshot, before, other)
    assert not changed.passed
    assert "Not better beyond chance" in changed.reason
    assert changed.metrics["previous"]["changed"]
    assert verdict(project, snapshot, before, other, changed_must_be_better=False).passed
    loose = verdict(project, snapshot, before + 4, same, margin=1.0, slice_drop=1.0)
    assert loose.passed
    strict = verdict(project, snapshot, before + 4, same, margin=1.0, slice_drop=0.1)
    assert not strict.passed
    assert "source: field" in strict.reason
    names = [row["name"] for row in strict.report["baselines"]]
    assert names == ["this model", "model 1", "commonest class", "one person"]
    assert len(strict.report["mistakes"]) == before + 4


def test_the_shares_expected_in_use_move_what_is_said_and_not_the_judgement(
    judged: tuple[Project, Snapshot], alice: User
) -> None:
    project, snapshot = judged
    first, *_ = labels = snapshot.counts["label_ids"]
    before = promoted(project)
    assert before is not None
    policy = RetrainPolicy.objects.create(project=project, priors={str(first): 1.0})
    run = execute(run_id=start_run(actor=alice, project=project, trigger=Trigger.OWNER).pk)
    assert run.metrics["priors"] == [1.0, 0.0, 0.0], run.log
    assert run.promoted, run.reason
    assert run.metrics["accuracy"] == before.metrics["accuracy"]
    assert set(spoken(project).values_list("label_id", flat=True)) == {first}
    policy.priors = {str(label): 0.5 for label in labels}
    policy.save()
    even = execute(run_id=start_run(actor=alice, project=project, trigger=Trigger.OWNER).pk)
    assert even.metrics["priors"] == pytest.approx([1 / 3] * 3)
    assert even.metrics["previous"]["accuracy"] == run.metrics["accuracy"], "the promoted model defends what it learnt"
    assert set(spoken(project).values_list("label_id", flat=True)) == set(labels)


def test_where_it_runs_and_how_it_is_folded_makes_no_other_recipe(judged: tuple[Project, Snapshot]) -> None:
    now = promoted(judged[0])
    assert now is not None
    assert not same_recipe(now.recipe, {**now.recipe, "landmarks": 3})
    assert same_recipe(now.recipe, {**now.recipe, "folds": 3})
    assert same_recipe(now.recipe, {**now.recipe, "device": "elsewhere"})
