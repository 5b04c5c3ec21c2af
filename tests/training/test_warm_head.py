"""The warm head: refitted on stored features every few dozen answers, and judged like every model."""

import threading
import time

import pytest
from django.contrib.auth.models import User
from django.db import connections

from labeling.embeddings.actions import ensure
from labeling.items.actions import add_file
from labeling.projects.models import Project
from labeling.registry.reads import promoted
from labeling.selection.reads import is_ripe, ranked_by
from labeling.selection.tasks import rank_ripe_projects
from labeling.suggestions.models import Suggestion
from labeling.training import tasks
from labeling.training.actions import Trigger, set_policy, start_run
from labeling.training.actions.execute import execute
from labeling.training.actions.warm import refit_head
from labeling.training.models import Run, RunState, Speed
from labeling.training.reads import is_warm_ripe
from tests.factories import make_project
from tests.training.material import CLASSES, answer_all, people, picture, pictured_project

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Ids of runs handed to the worker, instead of a worker."""
    ids: list[int] = []
    monkeypatch.setattr(tasks.retrain, "apply_async", lambda args, **_: ids.append(args[0]))
    return ids


@pytest.fixture
def project(alice: User) -> Project:
    """Pictures with their features stored, half of them answered by two people."""
    made = pictured_project(alice, model_helps=True)
    ensure(project=made)
    return made


def setting(project: Project, warm_every: int) -> None:
    set_policy(
        actor=None, project=project, enabled=False, crontab="0 3 * * *", min_new_verified=20, margin=0.02,
        warm_every=warm_every,
    )  # fmt: skip


def test_a_refit_promotes_suggests_and_re_orders_within_seconds(project: Project, alice: User) -> None:
    bob, dora = people(project, "bob", "dora")
    answer_all(project, bob, dora)
    began = time.monotonic()
    run = refit_head(actor=None, project=project)
    assert time.monotonic() - began < 10
    assert (run.state, run.speed, run.promoted) == (RunState.DONE, Speed.WARM, True), run.log
    assert run.snapshot is not None
    assert run.model_version == promoted(project)
    assert Suggestion.objects.filter(model_version=run.model_version).count() == 60
    assert is_ripe(project)
    rank_ripe_projects()
    assert ranked_by(project, run.model_version_id)
    assert [row["verdict"] for row in run.preflight] == ["passed"] * 6
    for seed in range(60, 75):
        truth = {"truth": CLASSES[seed % 3]}
        add_file(actor=alice, project=project, name=f"{seed}.png", data=picture(seed % 3, seed), metadata=truth)
    ensure(project=project)
    answer_all(project, bob, dora)
    again = refit_head(actor=None, project=project)
    assert again.state == RunState.DONE, again.log
    assert again.metrics["previous"]["number"] == 1


def test_it_is_ripe_after_the_owners_number_of_answers_and_asked_for_once(
    project: Project, sent: list[int]
) -> None:
    setting(project, 30)
    bob, dora = people(project, "bob", "dora")
    answer_all(project, bob, dora, most=20)
    assert tasks.refit_ripe_heads() == 0
    answer_all(project, bob, dora)
    assert tasks.refit_ripe_heads() == 1
    assert tasks.refit_ripe_heads() == 0
    assert sent == [Run.objects.get().pk]
    assert execute(run_id=sent[0]).promoted
    assert tasks.refit_ripe_heads() == 0  # nothing was answered since
    setting(project, 0)
    Run.objects.update(answers=0)
    assert not is_warm_ripe(project)


def test_projects_without_the_models_help_are_left_alone(alice: User, sent: list[int]) -> None:
    project = pictured_project(alice, 24, model_helps=False)
    answer_all(project, *people(project, "bob", "dora"))
    assert tasks.refit_ripe_heads() == 0


def test_too_little_is_skipped_with_its_reason_and_not_asked_for_again_at_once(
    project: Project, sent: list[int]
) -> None:
    setting(project, 10)
    assert refit_head(actor=None, project=project).reason == "Nothing was answered since the last one."
    answer_all(project, *people(project, "bob"), most=12)
    assert tasks.refit_ripe_heads() == 1
    run = execute(run_id=Run.objects.get(number=2).pk)
    assert run.state == RunState.SKIPPED
    assert "blind answers" in run.reason or "No label" in run.reason
    assert tasks.refit_ripe_heads() == 0
    assert promoted(project) is None


def test_a_retrain_is_not_held_up_by_a_refit(project: Project, alice: User) -> None:
    answer_all(project, *people(project, "bob", "dora"))
    refit = start_run(actor=None, project=project, trigger=Trigger.ANSWERS, speed=Speed.WARM)
    Run.objects.filter(pk=refit.pk).update(state=RunState.RUNNING)
    retrain = start_run(actor=alice, project=project, trigger=Trigger.OWNER)
    assert retrain.state == RunState.QUEUED
    ended: list[Run] = []

    def work() -> None:
        ended.append(execute(run_id=retrain.pk))
        connections.close_all()

    thread = threading.Thread(target=work)
    thread.start()
    deadline = time.monotonic() + 20
    while not Run.objects.get(pk=refit.pk).cancel_requested:
        assert time.monotonic() < deadline
        time.sleep(0.02)
    Run.objects.filter(pk=refit.pk).update(state=RunState.CANCELLED)
    thread.join()
    assert ended[0].promoted, ended[0].log


def test_a_refit_makes_no_difference_to_the_schedule(project: Project, sent: list[int]) -> None:
    answer_all(project, *people(project, "bob", "dora"))
    set_policy(actor=None, project=project, enabled=True, crontab="0 3 * * *", min_new_verified=5, margin=0.02)
    run = refit_head(actor=None, project=project)
    assert run.promoted, f"{run.reason}\n{run.log}"
    tasks.retrain_on_schedule(project.pk)
    assert Run.objects.get(number=2).state == RunState.QUEUED


def test_an_empty_project_costs_nothing(alice: User) -> None:
    project = make_project(alice)
    assert refit_head(actor=alice, project=project).state == RunState.SKIPPED
    assert Run.objects.get().snapshot is None
