"""Projects to bring files into."""

from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User

from labeling.projects.actions import create_project
from labeling.projects.models import Medium, Project
from tests.looks import chromium, visit

__all__ = ["chromium", "visit"]


@pytest.fixture(autouse=True)
def media(settings: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Storage of its own for each test: rows are rolled back, files are not."""
    settings.MEDIA_ROOT = tmp_path_factory.mktemp("media")
    return Path(settings.MEDIA_ROOT)


@pytest.fixture
def pictures(alice: User) -> Project:
    """A project of pictures that alice owns."""
    return create_project(
        actor=alice, name="Cats", medium=Medium.IMAGE, question="Cat or dog?", classes=["cat", "dog"]
    )


@pytest.fixture
def sounds(alice: User) -> Project:
    """A project of sounds that alice owns."""
    return create_project(actor=alice, name="Words", medium=Medium.SOUND, question="Yes?", classes=["yes", "no"])
