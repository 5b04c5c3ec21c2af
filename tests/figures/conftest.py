"""A project whose figures are kept as a large one's are."""

import hashlib
from collections.abc import Iterator

import pytest
from django.contrib.auth.models import User
from django.core.cache import cache

from labeling.figures import actions
from labeling.items.models import Blob, Item, ItemState
from labeling.projects.models import Project
from labeling.studio import tasks
from tests.factories import make_items, make_project
from tests.looks import chromium, visit

__all__ = ["chromium", "visit"]


@pytest.fixture
def project(alice: User) -> Project:
    found = make_project(alice)
    make_items(found, 3)
    return found


def more(project: Project, count: int) -> None:
    """Further items."""
    for _ in range(count):
        name = hashlib.sha256(f"more-{Item.objects.count()}".encode()).hexdigest()
        Blob.objects.create(sha256=name, size=1, fingerprint=name, format="png", content_type="image/png")
        drawn = {"heldout": False, "fold": 0, "state": ItemState.READY}
        Item.objects.create(project=project, blob_id=name, name="more.png", **drawn)


@pytest.fixture
def large(project: Project, monkeypatch: pytest.MonkeyPatch) -> Iterator[Project]:
    """Three items are many here, and no count is quick."""
    monkeypatch.setattr(tasks, "LARGE", 2)
    monkeypatch.setattr(actions, "QUICK_SECONDS", 0.0)
    cache.clear()  # who was asked a moment ago
    tasks.keep_figures()
    yield project
    cache.clear()
