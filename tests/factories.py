"""Rows that most tests begin with, made by the same actions as anybody's."""

import hashlib
from collections.abc import Sequence
from typing import Any

from django.contrib.auth.models import User

from labeling.guidelines.actions import create_project_with_guideline
from labeling.items.models import Blob, Item, ItemState
from labeling.projects.actions import add_member
from labeling.projects.classes import ClassDraft
from labeling.projects.models import Member, Project

PASSWORD = "correct horse battery staple"


def make_user(name: str) -> User:
    """Somebody who can sign in with PASSWORD."""
    return User.objects.create_user(name, f"{name}@example.org", PASSWORD)


def make_project(
    owner: User,
    medium: str = "image",
    classes: Sequence[str] | Sequence[ClassDraft] = ("cat", "dog"),
    **settings: Any,
) -> Project:
    """A project with version 1 of its guideline."""
    options = {"name": "Pets", "question": "Which animal is this?", "text": "Look at the ears.", **settings}
    return create_project_with_guideline(actor=owner, medium=medium, classes=classes, **options)


def add(project: Project, user: User, role: str = "annotator") -> Member:
    """Make somebody a member."""
    return add_member(actor=None, project=project, user=user, role=role)


def make_items(project: Project, count: int, *, heldout: int = 0) -> list[Item]:
    """Items that are ready to label, their bytes left out; the first `heldout` judge the model."""
    names = [hashlib.sha256(f"{project.pk}-{index}".encode()).hexdigest() for index in range(count)]
    kind = {"format": "png", "content_type": "image/png", "width": 28, "height": 28}
    Blob.objects.bulk_create([Blob(sha256=name, size=1, fingerprint=name, **kind) for name in names])
    return Item.objects.bulk_create(
        Item(
            project=project, blob_id=name, name=f"{index}.png", group=name, heldout=index < heldout, fold=index % 5,
            state=ItemState.READY,
        )
        for index, name in enumerate(names)
    )  # fmt: skip
