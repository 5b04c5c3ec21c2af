"""Projects to bring files into."""

import pytest
from django.contrib.auth.models import User

from labeling.projects.actions import create_project
from labeling.projects.models import Medium, Project


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
