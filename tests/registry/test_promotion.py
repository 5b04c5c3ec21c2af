"""One promoted model a project, and the way back."""

import threading

import pytest
from django.contrib.auth.models import User
from django.db import IntegrityError, connections, transaction

from labeling.audit.models import Event
from labeling.errors import Conflict
from labeling.projects.models import Project
from labeling.registry.actions import discard, promote, register, reject, roll_back
from labeling.registry.models import ModelState, ModelVersion
from labeling.registry.reads import previous, promoted
from tests.factories import make_project


def candidate(project: Project) -> ModelVersion:
    return register(actor=None, project=project, recipe={}, artefact="a", label_ids=[1, 2], metrics={"accuracy": 0.9})


@pytest.mark.django_db
def test_promoting_replaces_the_one_before_and_is_recorded(alice: User) -> None:
    project = make_project(alice)
    first, second = candidate(project), candidate(project)
    promote(actor=alice, version=first)
    promote(actor=alice, version=second)
    first.refresh_from_db()
    assert (first.state, promoted(project), previous(project)) == (ModelState.RETIRED, second, first)
    event = Event.objects.filter(verb="promoted").latest("id")
    assert (event.actor, event.data) == (alice, {"number": 2, "before": 1})
    with pytest.raises(Conflict, match="promoted already"):
        promote(actor=alice, version=second)


@pytest.mark.django_db
def test_rolling_back_goes_one_further_each_time_and_then_refuses(alice: User) -> None:
    project = make_project(alice)
    versions = [promote(actor=None, version=candidate(project)) for _ in range(3)]
    assert roll_back(actor=alice, project=project) == versions[1]
    assert roll_back(actor=alice, project=project) == versions[0]
    with pytest.raises(Conflict):
        roll_back(actor=alice, project=project)
    assert promoted(project) == versions[0]


@pytest.mark.django_db
def test_a_judged_model_is_neither_rejected_again_nor_discarded(alice: User) -> None:
    version = reject(actor=None, version=candidate(make_project(alice)), reason="worse")
    with pytest.raises(Conflict):
        reject(actor=None, version=version, reason="worse")
    with pytest.raises(Conflict):
        discard(actor=None, version=version)
    promote(actor=alice, version=version)  # the owner may overrule the gate


@pytest.mark.django_db
def test_the_database_refuses_two_promoted_models(alice: User) -> None:
    project = make_project(alice)
    candidate(project), candidate(project)
    with pytest.raises(IntegrityError), transaction.atomic():
        ModelVersion.objects.update(state=ModelState.PROMOTED)


@pytest.mark.django_db(transaction=True)
def test_two_promotions_at_once_leave_one(alice: User) -> None:
    project = make_project(alice)
    versions = [candidate(project) for _ in range(4)]
    gate = threading.Barrier(len(versions))

    def go(version: ModelVersion) -> None:
        gate.wait()
        promote(actor=None, version=version)
        connections.close_all()

    threads = [threading.Thread(target=go, args=(version,)) for version in versions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert ModelVersion.objects.filter(state=ModelState.PROMOTED).count() == 1
    assert ModelVersion.objects.filter(state=ModelState.RETIRED).count() == 3
