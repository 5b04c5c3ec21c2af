"""From answers to a promoted model: the whole way, and every refusal on it."""

import numpy as np
import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command

from labeling.datasets import folders
from labeling.items.models import Item
from labeling.registry import artefacts
from labeling.registry.models import ModelVersion
from labeling.registry.reads import promoted
from labeling.selection.reads import ranked_by
from labeling.suggestions.models import Suggestion
from labeling.training.actions import Trigger, start_run
from labeling.training.actions.execute import execute
from labeling.training.models import Run, RunState
from ml.preflight import run as preflights
from ml.recipe import Recipe
from tests.training.material import answer_all, heldout_ids, people, pictured_project

pytestmark = pytest.mark.django_db(transaction=True)


def test_retrain_promotes_a_model_whose_suggestions_and_order_go_live(alice: User) -> None:
    project = pictured_project(alice)
    answer_all(project, *people(project, "bob", "dora"), most=90)
    call_command("retrain", project.slug, "--here")
    run = Run.objects.get(project=project)
    version = promoted(project)
    assert run.state == RunState.DONE, run.log
    assert run.promoted
    assert version == run.model_version
    assert version is not None
    assert artefacts.path_of(version).joinpath("model.json").exists()
    assert run.metrics["accuracy"] > run.metrics["baseline"]
    assert run.metrics["low"] < run.metrics["accuracy"] <= run.metrics["high"] + 1e-9
    assert run.curve[-1]["confusion"]
    assert set(Suggestion.objects.values_list("item_id", flat=True)) == set(Item.objects.values_list("pk", flat=True))
    assert ranked_by(project, version.pk)


def test_trained_items_get_out_of_fold_suggestions_and_heldout_ones_are_never_trained_on(alice: User) -> None:
    project = pictured_project(alice)
    answer_all(project, *people(project, "bob", "dora"), most=90)
    run = execute(run_id=start_run(actor=alice, project=project, trigger=Trigger.OWNER).pk)
    assert run.snapshot is not None
    frozen = folders.read(run.snapshot)
    split = {int(row.id): row.split for row in frozen.rows}
    trained = {item for item, side in split.items() if side == "train"}
    assert trained
    assert not trained & heldout_ids(project)
    assert {item for item, side in split.items() if side == "heldout"} <= heldout_ids(project)
    out_of_fold = set(Suggestion.objects.filter(out_of_fold=True).values_list("item_id", flat=True))
    assert out_of_fold == trained


def test_nothing_verified_fails_with_a_reason_and_promotes_nothing(alice: User) -> None:
    project = pictured_project(alice, 6)
    with pytest.raises(CommandError, match="nothing to learn from"):
        call_command("retrain", project.slug, "--here")
    assert Run.objects.get().state == RunState.FAILED
    assert not ModelVersion.objects.exists()


def test_one_class_verified_fails_with_a_reason(alice: User) -> None:
    project = pictured_project(alice, 30)
    answer_all(project, *people(project, "bob", "dora"), wrong=True)
    run = execute(run_id=start_run(actor=alice, project=project, trigger=Trigger.OWNER).pk)
    assert run.state == RunState.FAILED
    assert "at least two classes" in run.reason
    assert not ModelVersion.objects.exists()


def test_the_same_labels_are_not_trained_on_twice(alice: User) -> None:
    project = pictured_project(alice, model_helps=False)  # else its opinion would verify more labels
    answer_all(project, *people(project, "bob", "dora"), most=90)
    first = execute(run_id=start_run(actor=alice, project=project, trigger=Trigger.OWNER).pk)
    second = execute(run_id=start_run(actor=alice, project=project, trigger=Trigger.OWNER).pk)
    assert first.state == RunState.DONE
    assert second.state == RunState.SKIPPED
    assert "Nothing has changed since run 1" in second.reason
    assert ModelVersion.objects.count() == 1


def test_an_unknown_project_is_refused() -> None:
    with pytest.raises(CommandError, match="no project"):
        call_command("retrain", "nowhere")


def test_a_failed_check_of_the_whole_preflight_stops_the_run(alice: User, monkeypatch: pytest.MonkeyPatch) -> None:
    project = pictured_project(alice, 36)
    answer_all(project, *people(project, "bob", "dora"))

    def blank(features: np.ndarray, recipe: Recipe) -> np.ndarray:
        return np.zeros((len(features), 3), np.float32)

    monkeypatch.setattr(preflights, "ridge_rows", blank)
    run = execute(run_id=start_run(actor=alice, project=project, trigger=Trigger.OWNER).pk)
    assert run.state == RunState.FAILED
    assert run.reason.startswith("Preflight: One batch by heart")
    assert {row["verdict"] for row in run.preflight if row["name"] == "Input matters"} == {"failed"}
    assert not ModelVersion.objects.exists()
