"""Items that come after a model, suggestions nobody needs any more, and the command that waits for both."""

import threading

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.db import connections

from labeling.assignments.actions import claim
from labeling.assignments.models import Lease
from labeling.items.actions import add_file
from labeling.projects.models import Project
from labeling.registry.reads import promoted
from labeling.selection.tasks import rank_ripe_projects
from labeling.suggestions.models import Suggestion
from labeling.training import tasks
from labeling.training.actions import Trigger, start_run
from labeling.training.actions.execute import execute
from labeling.training.actions.fill import forget
from labeling.training.models import Run
from tests.training.material import answer_all, people, picture, pictured_project

pytestmark = pytest.mark.django_db(transaction=True)


def retrained(project: Project) -> Run:
    return execute(run_id=start_run(actor=None, project=project, trigger=Trigger.COMMAND).pk)


def bring_in(project: Project, owner: User, seeds: range) -> None:
    for seed in seeds:
        add_file(actor=owner, project=project, name=f"{seed}.png", data=picture(0, seed), metadata={"truth": "bars"})


def test_a_new_item_is_spoken_of_and_the_next_claim_shows_it(alice: User) -> None:
    project = pictured_project(alice, 36, blind_share=0.0)
    bob, dora = people(project, "bob", "dora")
    answer_all(project, bob, dora)
    assert retrained(project).promoted
    version = promoted(project)
    bring_in(project, alice, range(100, 106))
    assert tasks.suggest_for_new_items() == 6
    assert tasks.suggest_for_new_items() == 0
    leases = [lease for lease in claim(actor=bob, project=project, count=10) if not lease.item.heldout]
    assert leases
    assert {lease.suggestion.model_version for lease in leases if lease.suggestion} == {version}
    assert {lease.arm for lease in leases} == {"suggested"}


def test_only_the_last_two_models_keep_suggestions_that_nobody_was_shown(alice: User) -> None:
    project = pictured_project(alice, 36, blind_share=0.0)
    bob, dora = people(project, "bob", "dora")
    answer_all(project, bob, dora)
    assert retrained(project).promoted
    bring_in(project, alice, range(100, 105))
    tasks.suggest_for_new_items()
    assert claim(actor=bob, project=project, count=20)
    assert retrained(project).promoted
    assert Suggestion.objects.filter(model_version__number=1).count() == 41
    bring_in(project, alice, range(105, 110))
    assert retrained(project).promoted
    shown = set(Lease.objects.filter(suggestion__isnull=False).values_list("suggestion_id", flat=True))
    assert shown
    assert set(Suggestion.objects.filter(model_version__number=1).values_list("pk", flat=True)) == shown
    assert set(Suggestion.objects.values_list("model_version__number", flat=True)) == {1, 2, 3}
    assert forget(project=project) == 0


def test_the_command_follows_the_worker_until_the_queue_is_in_its_new_order(
    alice: User, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    project = pictured_project(alice, 36)
    answer_all(project, *people(project, "bob", "dora"))
    workers = []

    def worker(run_id: int) -> None:
        execute(run_id=run_id)
        rank_ripe_projects()
        connections.close_all()

    def send(args: tuple[int], **_: object) -> None:
        workers.append(threading.Thread(target=worker, args=args))
        workers[0].start()

    monkeypatch.setattr(tasks.retrain, "apply_async", send)
    call_command("retrain", project.slug)
    workers[0].join()
    said = capsys.readouterr().out
    assert "Freezing the labels" in said
    assert said.index("new order") < said.index("Run 1: promoted")
