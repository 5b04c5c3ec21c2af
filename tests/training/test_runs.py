"""Runs of one project: one at a time, stopped on request, and gone without a trace when their process dies."""

import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.core.files.storage import storages
from django.db import connection, connections
from django.db.models import F
from django.utils import timezone

from labeling.audit.models import Event
from labeling.errors import Conflict
from labeling.projects.models import Project
from labeling.registry import artefacts
from labeling.registry.models import ModelState, ModelVersion
from labeling.suggestions.models import Suggestion
from labeling.training import tasks
from labeling.training.actions import Trigger, cancel, set_policy, start_run, sweep
from labeling.training.actions.clear import MOST_ATTEMPTS, STALE, artefact_of
from labeling.training.actions.execute import execute
from labeling.training.models import Run, RunState
from ml.recipe import Recipe
from tests.training.material import answer_all, people, pictured_project

pytestmark = pytest.mark.django_db(transaction=True)

# A worker that dies at the worst moment: the model is registered and its suggestions are half written.
DYING = """
import os, signal, sys
import django
django.setup()
from django.conf import settings
settings.DATABASES["default"]["NAME"] = sys.argv[2]
settings.MEDIA_ROOT = sys.argv[4]
from labeling.training.actions.execute import execute
module = sys.modules["labeling.training.actions." + ("execute" if sys.argv[3] == "train" else "conclude")]
def die(*_, **__):
    os.kill(os.getpid(), signal.SIGKILL)
setattr(module, sys.argv[3], die)
execute(run_id=int(sys.argv[1]))
"""


def until(holds: Callable[[], bool], seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.02)


@pytest.fixture
def answered(alice: User) -> Project:
    """Pictures, all of them answered."""
    project = pictured_project(alice, 36)
    answer_all(project, *people(project, "bob", "dora"))
    return project


@pytest.mark.parametrize("moment", ["train", "write"])
def test_a_killed_run_goes_on_and_leaves_nothing_of_its_first_try(answered: Project, moment: str) -> None:
    run = start_run(actor=None, project=answered, trigger=Trigger.COMMAND)
    name, media = connection.settings_dict["NAME"], storages["default"].path("")
    command = [sys.executable, "-c", DYING, str(run.pk), name, moment, media]
    child = subprocess.run(command, check=False, cwd=settings.BASE_DIR)
    assert child.returncode == -signal.SIGKILL
    run.refresh_from_db()
    assert run.state == RunState.RUNNING
    assert ModelVersion.objects.filter(state=ModelState.CANDIDATE).exists() == (moment == "write")

    assert sweep() == []  # its last beat is still fresh
    execute(run_id=run.pk)  # the broker delivers the message again
    assert Run.objects.get(pk=run.pk).state == RunState.RUNNING

    Run.objects.update(heartbeat_at=timezone.now() - STALE - timedelta(seconds=1))
    assert sweep() == [run]
    assert sweep() == []
    run.refresh_from_db()
    assert (run.state, run.model_version) == (RunState.QUEUED, None)
    assert not ModelVersion.objects.exists()
    assert not Suggestion.objects.exists()
    again = execute(run_id=run.pk)
    assert again.promoted, again.log
    assert (again.attempts, again.snapshot) == (2, run.snapshot)
    assert "another one goes on" in again.log
    assert ("was trained already" in again.log) == (moment == "write")
    assert sorted(path.suffix for path in artefacts.folder(artefact_of(again)).iterdir()) == sorted(
        [".json", ".safetensors", ".npz"]
    )


def test_what_kills_every_process_ends_as_a_failure_and_leaves_nothing(answered: Project) -> None:
    run = start_run(actor=None, project=answered, trigger=Trigger.COMMAND)
    for _ in range(MOST_ATTEMPTS):
        assert Run.objects.get().state == RunState.QUEUED
        Run.objects.update(state=RunState.RUNNING, attempts=F("attempts") + 1, heartbeat_at=None)
        assert sweep() == [run]
    run.refresh_from_db()
    assert run.state == RunState.FAILED
    assert "3 processes died of it" in run.reason
    assert not artefacts.folder(artefact_of(run)).exists()


def test_a_second_request_is_skipped_while_one_waits(answered: Project) -> None:
    first = start_run(actor=None, project=answered, trigger=Trigger.COMMAND)
    second = start_run(actor=None, project=answered, trigger=Trigger.OWNER)
    assert first.state == RunState.QUEUED
    assert second.state == RunState.SKIPPED
    assert second.reason == "A retrain is running (run 1)."


def test_of_two_processes_one_runs_and_the_other_is_skipped(answered: Project) -> None:
    first = start_run(actor=None, project=answered, trigger=Trigger.COMMAND)
    Run.objects.create(project=answered, number=2, trigger="command")  # came in by an older server, say
    gate, results = threading.Barrier(2), []

    def go(run_id: int) -> None:
        gate.wait()
        results.append(execute(run_id=run_id).state)
        connections.close_all()

    threads = [threading.Thread(target=go, args=(pk,)) for pk in (first.pk, Run.objects.get(number=2).pk)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results) == [RunState.DONE, RunState.SKIPPED]
    assert ModelVersion.objects.count() == 1


def test_cancel_stops_a_run_at_work_within_seconds(answered: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    run = start_run(actor=None, project=answered, trigger=Trigger.COMMAND)
    endless = Recipe(kind="image_cnn", folds=2, epochs=10**6, width=4, size=16, batch=16)
    Run.objects.filter(pk=run.pk).update(recipe=endless.to_json())
    monkeypatch.setattr(sys.modules["labeling.training.actions.execute"], "check", lambda *_: None)  # steps of its own

    def go() -> None:
        execute(run_id=run.pk)
        connections.close_all()

    thread = threading.Thread(target=go)
    thread.start()
    until(lambda: bool(Run.objects.get(pk=run.pk).curve), 60)
    asked = time.monotonic()
    cancel(actor=None, run=run)
    thread.join()
    assert time.monotonic() - asked < 10
    run.refresh_from_db()
    assert run.state == RunState.CANCELLED
    assert not ModelVersion.objects.exists()


def test_cancel_ends_a_waiting_run_and_refuses_a_finished_one(answered: Project) -> None:
    run = cancel(actor=None, run=start_run(actor=None, project=answered, trigger=Trigger.COMMAND))
    assert run.state == RunState.CANCELLED
    assert execute(run_id=run.pk).state == RunState.CANCELLED
    with pytest.raises(Conflict):
        cancel(actor=None, run=run)


def test_the_schedule_is_skipped_with_its_reason_where_too_little_is_new(answered: Project) -> None:
    set_policy(
        actor=None, project=answered, enabled=True, crontab="0 3 * * *", min_new_verified=1000, margin=0.02
    )
    tasks.retrain_on_schedule(answered.pk)
    run = Run.objects.get()
    assert run.state == RunState.SKIPPED
    assert "1000 wanted" in run.reason
    assert Event.objects.filter(verb="started run", project_id=answered.pk).count() == 1


def test_waiting_runs_are_handed_over_again_once(answered: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[int] = []
    monkeypatch.setattr(tasks.retrain, "apply_async", lambda args, **_: sent.append(args[0]))
    run = start_run(actor=None, project=answered, trigger=Trigger.COMMAND)
    tasks.tend_runs()
    assert sent == []
    Run.objects.update(created_at=timezone.now() - timedelta(minutes=1))
    tasks.tend_runs()
    tasks.tend_runs()
    assert sent == [run.pk]
