"""The order of the queue: the least sure first, a share at random, judges early, none of them moved by the model."""

import numpy as np
import pytest
from django.contrib.auth.models import User

from labeling.assignments.actions import admit_ready, claim
from labeling.assignments.models import QueueEntry
from labeling.embeddings.reads import vectors
from labeling.embeddings.tasks import embed_new_items
from labeling.items.models import Item
from labeling.projects.models import Project
from labeling.projects.reads import true_label_ids
from labeling.registry.actions import promote, register
from labeling.selection.actions import rank
from labeling.selection.order import Waiting, priorities
from labeling.selection.reads import is_ripe, ranked_by
from labeling.suggestions.actions import Opinion, write
from ml.features import BACKBONE
from tests.training.material import people, pictured_project


def waiting(scores: list[float], heldout: bool = False, started: bool = False) -> Waiting:
    count = len(scores)
    return Waiting(list(range(count)), np.full(count, heldout), np.full(count, started), np.array(scores))


def test_the_least_sure_come_first_and_a_share_at_random() -> None:
    confidence = np.linspace(0.3, 1.0, 2000)
    places = priorities(waiting((1 - confidence).tolist()), np.random.default_rng(0))
    first = np.argsort(-places)[:200]
    assert np.median(confidence[first]) < 0.4
    assert 0.01 < (confidence[first] > 0.5).mean() < 0.2
    assert places.min() > 0
    assert places.max() < 1


def test_the_model_moves_no_heldout_item() -> None:
    sure, unsure = waiting([0.99] * 500, heldout=True), waiting([0.4] * 500, heldout=True)
    draws = [priorities(items, np.random.default_rng(1)) for items in (sure, unsure)]
    np.testing.assert_array_equal(draws[0], draws[1])
    assert draws[0].min() >= 0.8


def test_heldout_items_with_some_of_their_answers_are_finished_first() -> None:
    assert priorities(waiting([0.5] * 20, heldout=True, started=True), np.random.default_rng(0)).min() >= 1


def opinionated(project: Project) -> dict[int, float]:
    """A promoted model with a confidence of its own for each item."""
    label_ids = true_label_ids(project)
    version = register(actor=None, project=project, recipe={}, artefact="a", label_ids=label_ids, metrics={})
    items = list(Item.objects.filter(project=project, heldout=False).values_list("pk", flat=True))
    sure = {item: 0.5 + 0.4 * (place + 1) / len(items) for place, item in enumerate(items)}
    write(version=version, rows=[Opinion(item, (p, 1 - p, 0.0), False) for item, p in sure.items()])
    promote(actor=None, version=version)
    return sure


@pytest.mark.django_db
def test_ranking_decides_what_the_next_person_gets(alice: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("labeling.selection.order.RANDOM_SHARE", 0.0)
    project = pictured_project(alice, 40)
    admit_ready(project=project)
    confidence = opinionated(project)
    assert is_ripe(project)
    rank(project=project)
    assert not is_ripe(project)
    placed = dict(QueueEntry.objects.filter(item__heldout=False).values_list("item_id", "priority"))
    assert sorted(placed, key=lambda item: placed[item]) == sorted(confidence, key=lambda item: -confidence[item])
    (bob,) = people(project, "bob")
    given = [lease.item_id for lease in claim(actor=bob, project=project, count=10) if not lease.item.heldout]
    assert np.mean([confidence[item] for item in given]) < np.mean(list(confidence.values()))


@pytest.mark.django_db
def test_without_the_model_the_order_is_chance(alice: User) -> None:
    project = pictured_project(alice, 40, model_helps=False)
    admit_ready(project=project)
    confidence = opinionated(project)
    rank(project=project)
    placed = dict(QueueEntry.objects.filter(item__heldout=False).values_list("item_id", "priority"))
    assert sorted(placed, key=lambda item: placed[item]) != sorted(confidence, key=lambda item: -confidence[item])
    assert ranked_by(project, project.model_versions.get().pk)


@pytest.mark.django_db
def test_before_there_is_a_model_the_middle_of_each_cluster_comes_first(
    alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("labeling.selection.order.RANDOM_SHARE", 0.0)
    project = pictured_project(alice, 24)
    admit_ready(project=project)
    rank(project=project)
    assert embed_new_items() == 24
    assert embed_new_items() == 0
    rank(project=project)
    entries = QueueEntry.objects.filter(item__heldout=False).order_by("-priority")
    blobs = list(entries.values_list("item__blob_id", flat=True))
    _, features = vectors(blobs, BACKBONE)
    unit = features / np.linalg.norm(features, axis=1, keepdims=True)
    away = np.linalg.norm(unit - unit.mean(axis=0), axis=1)
    assert away[: len(away) // 2].mean() < away[len(away) // 2 :].mean()
