"""Verified items that look like one's own: by their features, never for a blind lease, never gold or held out."""

import numpy as np
import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from labeling.assignments.actions import claim
from labeling.assignments.models import Arm, Gold, Lease
from labeling.consensus.models import Consensus
from labeling.embeddings.models import Embedding
from labeling.embeddings.reads import backbone_of
from labeling.items.models import Item
from labeling.projects.models import Label, Project
from tests.assignments.test_gold import suggest
from tests.factories import add, make_items, make_project

pytestmark = pytest.mark.django_db


@pytest.fixture
def lease(alice: User, bob: User) -> Lease:
    """Twelve verified items, each further from bob's in its features; the second is gold, the third held out."""
    project = make_project(alice, heldout_share=0.0, blind_share=0.0)
    add(project, bob)
    items = make_items(project, 13)
    angles = np.concatenate([[0.0], np.arange(1, 13) * 0.1])
    Embedding.objects.bulk_create(
        Embedding(blob_id=item.blob_id, backbone=backbone_of(project), vector=[np.cos(angle), np.sin(angle)])
        for item, angle in zip(items, angles, strict=True)
    )
    cat = Label.objects.get(project=project, name="cat")
    now = timezone.now()
    for item in items[1:]:
        Consensus.objects.create(
            item=item, project=project, probabilities=[1.0, 0.0], label=cat, confidence=0.99, answers=2,
            verdict="verified", verified_at=now,
        )  # fmt: skip
    Item.objects.filter(pk=items[3].pk).update(heldout=True)
    Gold.objects.create(item=items[2], project=project, label=cat, source="owner", author=alice, created_at=now)
    suggest(project, items[:1])
    Item.objects.exclude(pk=items[0].pk).update(admitted_at=now)
    [lease] = claim(actor=bob, project=project, count=1)
    assert (lease.item_id, lease.arm) == (items[0].pk, Arm.SUGGESTED)
    return lease


def asked(user: User, project: Project, lease_id: int) -> list[str]:
    client = Client()
    client.force_login(user)
    answer = client.get(f"/api/v1/projects/{project.slug}/leases/{lease_id}/likenesses")
    assert answer.status_code == 200, answer.content
    return [row["name"] for row in answer.json()["likenesses"]]


def test_the_nearest_verified_items_come_first_and_no_gold_and_no_judge(lease: Lease, bob: User) -> None:
    assert asked(bob, lease.project, lease.pk) == ["1.png", "4.png", "5.png", "6.png", "7.png", "8.png"]


def test_a_blind_lease_is_told_nothing_and_neither_is_anybody_else(lease: Lease, alice: User, bob: User) -> None:
    assert asked(alice, lease.project, lease.pk) == []
    Lease.objects.filter(pk=lease.pk).update(arm=Arm.BLIND, suggestion=None, withheld=lease.suggestion)
    assert asked(bob, lease.project, lease.pk) == []


def test_outsiders_learn_nothing(lease: Lease, charlie: User) -> None:
    client = Client()
    client.force_login(charlie)
    assert client.get(f"/api/v1/projects/{lease.project.slug}/leases/{lease.pk}/likenesses").status_code == 404
