"""Retrains, models, snapshots and the schedule over HTTP: owners act, experts look, outsiders see nothing."""

import pytest
from django.contrib.auth.models import User
from rest_framework.test import APIClient

from labeling.projects.models import Project
from labeling.registry.actions import promote, register, reject
from labeling.training import tasks
from labeling.training.actions.execute import execute
from labeling.training.models import Run, RunState
from tests.factories import add, make_project
from tests.training.material import answer_all, people, pictured_project


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Ids of runs handed to the worker, instead of a worker."""
    ids: list[int] = []
    monkeypatch.setattr(tasks.retrain, "apply_async", lambda args, **_: ids.append(args[0]))
    return ids


def client(user: User) -> APIClient:
    made = APIClient()
    made.force_authenticate(user)
    return made


def path(project: Project, rest: str) -> str:
    return f"/api/v1/projects/{project.slug}/{rest}"


@pytest.mark.django_db(transaction=True)
def test_a_run_is_started_followed_and_read(alice: User, sent: list[int]) -> None:
    project = pictured_project(alice, 36)
    answer_all(project, *people(project, "bob", "dora"))
    begun = client(alice).post(path(project, "runs"))
    assert (begun.status_code, begun.data["state"], begun.data["number"]) == (201, "queued", 1)
    twice = client(alice).post(path(project, "runs"))
    assert (twice.data["state"], twice.data["reason"]) == ("skipped", "A retrain is running (run 1).")
    assert sent == [Run.objects.get(number=1).pk]
    execute(run_id=sent[0])
    seen = client(alice).get(path(project, "runs/1")).data
    assert (seen["state"], seen["model"], seen["snapshot"], seen["promoted"]) == ("done", 1, 1, True)
    assert seen["metrics"]["items"] > 0
    assert "Freezing" in seen["log"]
    assert seen["curve"]
    runs = client(alice).get(path(project, "runs")).data
    assert [run["number"] for run in runs["results"]] == [2, 1]
    assert "log" not in runs["results"][0]
    models = client(alice).get(path(project, "models")).data["results"]
    assert [(model["number"], model["state"]) for model in models] == [(1, "promoted")]
    snapshots = client(alice).get(path(project, "snapshots")).data["results"]
    assert snapshots[0]["counts"]["splits"]["train"] == seen["metrics"]["trained_on"]


@pytest.mark.django_db
def test_a_waiting_run_is_cancelled_once(alice: User, sent: list[int]) -> None:
    project = make_project(alice)
    client(alice).post(path(project, "runs"))
    assert client(alice).post(path(project, "runs/1/cancel")).data["state"] == RunState.CANCELLED
    again = client(alice).post(path(project, "runs/1/cancel"))
    assert (again.status_code, again.data["type"]) == (409, "conflict")


@pytest.mark.django_db
def test_the_owner_overrules_the_gate_and_goes_back(alice: User) -> None:
    project = make_project(alice)
    first, second = (
        register(actor=None, project=project, recipe={}, artefact="a", label_ids=[1], metrics={}) for _ in range(2)
    )
    promote(actor=None, version=first)
    reject(actor=None, version=second, reason="worse")
    assert client(alice).post(path(project, "models/2/promote")).data["state"] == "promoted"
    assert client(alice).post(path(project, "models/2/promote")).status_code == 409
    assert client(alice).post(path(project, "models/roll-back")).data["number"] == 1
    assert client(alice).post(path(project, "models/roll-back")).status_code == 409
    assert client(alice).post(path(project, "models/9/promote")).status_code == 404


@pytest.mark.django_db
def test_the_schedule_is_read_and_changed(alice: User) -> None:
    project = make_project(alice)
    url = path(project, "retrain-policy")
    assert client(alice).get(url).data["enabled"] is False
    changed = client(alice).put(url, {"enabled": True, "crontab": "*/5 * * * *"}, format="json").data
    assert (changed["enabled"], changed["crontab"], changed["min_new_verified"]) == (True, "*/5 * * * *", 20)
    bad = client(alice).put(url, {"crontab": "often"}, format="json")
    assert (bad.status_code, bad.data["field"]) == (400, "crontab")
    assert client(alice).get(url).data == changed


READS = ("runs", "runs/1", "models", "snapshots", "retrain-policy")
WRITES = ("runs", "runs/1/cancel", "models/1/promote", "models/roll-back")


@pytest.mark.django_db
def test_outsiders_find_nothing_and_members_change_nothing(
    alice: User, bob: User, charlie: User, sent: list[int]
) -> None:
    project = make_project(alice)
    add(project, bob)
    client(alice).post(path(project, "runs"))
    for rest in READS:
        assert client(charlie).get(path(project, rest)).status_code == 404, rest
        assert client(bob).get(path(project, rest)).status_code == 403, rest
    for rest in WRITES:
        assert client(charlie).post(path(project, rest)).status_code == 404, rest
        assert client(bob).post(path(project, rest)).status_code == 403, rest
    assert client(bob).put(path(project, "retrain-policy"), {"enabled": True}, format="json").status_code == 403
    assert Run.objects.count() == 1
