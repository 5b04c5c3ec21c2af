"""Snapshots: the same content is the same hash, whole on disk, held-out items on their own side."""

import json
from typing import Any

import pytest
from django.contrib.auth.models import User

from labeling.datasets import folders
from labeling.datasets.actions import freeze
from labeling.datasets.models import Snapshot
from labeling.items.models import Item
from labeling.projects.models import Label, LabelRole
from ml.snapshot import write_snapshot
from tests.training.material import answer_all, heldout_ids, people, pictured_project

pytestmark = pytest.mark.django_db


def test_the_same_content_is_the_same_snapshot_and_a_new_answer_another(alice: User) -> None:
    project = pictured_project(alice, 20)
    bob, dora = people(project, "bob", "dora")
    answer_all(project, bob, most=10)
    first = freeze(actor=alice, project=project)
    assert freeze(actor=alice, project=project) == first
    answer_all(project, dora)
    second = freeze(actor=alice, project=project)
    assert second.number == 2
    assert second.content_hash != first.content_hash
    assert folders.read(second).hash == second.content_hash


def test_heldout_items_judge_only_with_all_their_answers_and_never_train(alice: User) -> None:
    project = pictured_project(alice, 30)
    bob, dora = people(project, "bob", "dora")
    answer_all(project, bob)
    one_answer = folders.read(freeze(actor=None, project=project))
    assert not len(one_answer.indices("heldout"))
    answer_all(project, dora)
    both = folders.read(freeze(actor=None, project=project))
    split = {int(row.id): row.split for row in both.rows}
    assert {item for item, side in split.items() if side == "heldout"} == heldout_ids(project)
    assert set(split) == set(Item.objects.values_list("pk", flat=True))


def test_posteriors_run_over_the_classes_and_sum_to_one(alice: User) -> None:
    project = pictured_project(alice, 12, with_none=True)
    answer_all(project, *people(project, "bob", "dora"))
    snapshot = freeze(actor=None, project=project)
    frozen = folders.read(snapshot)
    classes = Label.objects.filter(project=project, role=LabelRole.CLASS).order_by("pk")
    assert snapshot.counts["label_ids"] == [label.pk for label in classes]
    assert frozen.classes == tuple(label.name for label in classes)
    known = [row for row in frozen.rows if row.split != "open"]
    assert known
    assert all(sum(row.posterior) == pytest.approx(1, abs=1e-5) for row in known)


def test_items_that_are_none_of_the_classes_are_left_open(alice: User) -> None:
    project = pictured_project(alice, 12, with_none=True)
    none = Label.objects.get(project=project, role=LabelRole.NONE)
    Item.objects.update(metadata={"truth": none.name})
    answer_all(project, *people(project, "bob", "dora"))
    snapshot = freeze(actor=None, project=project)
    assert snapshot.counts["splits"] == {"open": 12}


def test_a_crash_while_writing_leaves_no_snapshot(alice: User, monkeypatch: pytest.MonkeyPatch) -> None:
    project = pictured_project(alice, 3)

    def half(*args: Any, **options: Any) -> None:
        write_snapshot(*args, **options)
        raise OSError("disk full")

    monkeypatch.setattr("labeling.datasets.actions.write_snapshot", half)
    with pytest.raises(OSError, match="disk full"):
        freeze(actor=None, project=project)
    assert not Snapshot.objects.exists()
    monkeypatch.undo()
    snapshot = freeze(actor=None, project=project)
    assert json.loads((folders.path_of(snapshot) / "snapshot.json").read_text())["hash"] == snapshot.content_hash
