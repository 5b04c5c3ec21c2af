"""Other recipes are tried within the owner's budget; what was tried and taken is seen, and refits keep to it."""

import pytest
from django.contrib.auth.models import User
from django.test import Client

from labeling.projects.models import Project
from labeling.training.actions import Trigger, set_policy, start_run
from labeling.training.actions.execute import execute
from labeling.training.actions.warm import refit_head
from labeling.training.models import Run, RunState
from ml import search
from ml.train import DEFAULT_RECIPES, Stopped
from tests.training.material import answer_all, people, pictured_project

pytestmark = pytest.mark.django_db(transaction=True)

USUAL = DEFAULT_RECIPES["image"].landmarks


@pytest.fixture
def project(alice: User, monkeypatch: pytest.MonkeyPatch) -> Project:
    """All answered, with a budget; of the few recipes in the space one differs."""
    monkeypatch.setitem(search.SPACES, "image", {"landmarks": (USUAL, 20)})
    made = pictured_project(alice, 36)
    answer_all(made, *people(made, "bob", "dora"))
    set_policy(
        actor=alice, project=made, enabled=False, crontab="0 3 * * *", min_new_verified=5, margin=0.02, trials=3
    )
    return made


def begun(project: Project) -> Run:
    return start_run(actor=None, project=project, trigger=Trigger.COMMAND)


def test_each_recipe_tried_is_a_row_and_the_one_taken_is_trained_with(
    project: Project, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ml.search.chosen", lambda trials: trials[-1])
    monkeypatch.setattr("labeling.training.actions.search.chosen", lambda trials: trials[-1])
    run = execute(run_id=begun(project).pk)
    assert run.promoted, run.log
    assert [(row["settings"], row["taken"]) for row in run.trials] == [({}, False), ({"landmarks": 20}, True)]
    assert run.recipe["landmarks"] == 20
    client = Client()
    client.force_login(alice)
    page = client.get(f"/p/{project.slug}/model/runs/{run.number}").content.decode()
    assert "landmarks 20" in page
    assert "Recipes tried" in page
    Run.objects.update(answers=0)
    refit = refit_head(actor=None, project=project)
    assert refit.recipe["landmarks"] == 20
    assert refit.trials == []


def test_a_search_that_was_stopped_goes_on_with_what_is_left(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = begun(project)
    first = search.Trial(0, {}, 0.3, 0.0, 0.0, 0.9, 1.0)
    Run.objects.filter(pk=run.pk).update(trials=[first.to_json()])
    ended = execute(run_id=run.pk)
    assert ended.state == RunState.DONE, ended.log
    assert [row["number"] for row in ended.trials] == [0, 1]
    assert ended.trials[0]["loss"] == 0.3

    def stopped(*_: object, **__: object) -> None:
        raise Stopped

    monkeypatch.setattr("ml.search.train", stopped)
    Run.objects.update(metrics={"priors": {}})  # something changed, so that it is no run for nothing
    again = execute(run_id=begun(project).pk)
    assert (again.state, again.trials) == (RunState.CANCELLED, [])
