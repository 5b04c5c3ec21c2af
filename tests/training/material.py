"""A small project with real pictures and real answers, for everything that learns from it."""

import io
import uuid
from typing import Any

import numpy as np
from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone
from PIL import Image

from labeling.annotations.actions import Answer, submit
from labeling.assignments.actions import claim
from labeling.assignments.models import Lease
from labeling.consensus.actions import weigh
from labeling.items.actions import add_file
from labeling.items.models import Item
from labeling.projects.models import Label, Project
from labeling.training.forms import PolicyForm
from labeling.training.reads import policy_of
from tests.factories import add, make_project, make_user

CLASSES = ("bars", "stripes", "spots")
SIZE = 32
HELDOUT = (1, 4, 7)  # of each ten pictures of a class


def picture(kind: int, seed: int) -> bytes:
    """A noisy PNG of vertical bars, horizontal stripes or spots; no two seeds give the same file."""
    random = np.random.default_rng(seed)
    across, down = np.meshgrid(np.arange(SIZE), np.arange(SIZE))
    period, shift = random.integers(5, 9), random.integers(0, 8)
    wave = [np.sin(2 * np.pi * (axis + shift) / period) for axis in (across, down)]
    pattern = [wave[0], wave[1], wave[0] * wave[1]][kind]
    pixels = 128 + 90 * pattern[..., None] * np.ones(3) + random.normal(0, 12, (SIZE, SIZE, 3))
    out = io.BytesIO()
    Image.fromarray(pixels.clip(0, 255).astype(np.uint8)).save(out, "PNG")
    return out.getvalue()


def pictured_project(owner: User, count: int = 60, classes: tuple[str, ...] = CLASSES, **settings: Any) -> Project:
    """A project with `count` pictures ready to label; the true class of each stands in its metadata.

    Three in ten of each class are held out, always the same ones: by the hash it would hang on the project's number,
    and of 60 pictures 7 to 30 were held out, where a refit wants 10.
    """
    project = make_project(owner, classes=classes, heldout_share=0.3, heldout_answers=2, **settings)
    for seed in range(count):
        kind = seed % len(classes)
        truth = {"truth": classes[kind]}
        added = add_file(actor=owner, project=project, name=f"{seed}.png", data=picture(kind, seed), metadata=truth)
        assert added.item is not None, added.reason
        Item.objects.filter(pk=added.item.pk).update(heldout=seed // len(classes) % 10 in HELDOUT)
    return project


def people(project: Project, *names: str) -> list[User]:
    """Annotators of the project."""
    users = [make_user(name) for name in names]
    for user in users:
        add(project, user)
    return users


def answer_all(project: Project, *users: User, wrong: bool = False, most: int | None = None) -> int:
    """Let each person answer what the queue hands them, truly or always the same; returns how many answers."""
    given = 0
    for user in users:
        while (most is None or given < most) and (leases := claim(actor=user, project=project, count=20)):
            given += _answer(project, user, leases, wrong)
    return given


@transaction.atomic
def _answer(project: Project, user: User, leases: list[Lease], wrong: bool) -> int:
    labels = {label.name: label.pk for label in Label.objects.filter(project=project)}
    answers = [
        Answer(
            lease.pk, uuid.uuid4(), labels[CLASSES[0] if wrong else lease.item.metadata["truth"]], None, 900,
            timezone.now(),
        )
        for lease in leases
    ]  # fmt: skip
    submit(actor=user, project=project, answers=answers)
    weigh(project=project, item_ids=[lease.item_id for lease in leases])
    return len(answers)


def heldout_ids(project: Project) -> set[int]:
    """The items that judge."""
    return set(Item.objects.filter(project=project, heldout=True).values_list("pk", flat=True))


def retrain_settings(project: Project, **changes: str) -> dict[str, str]:
    """What the page of the retrain settings sends when only these are changed; an empty text unticks or empties."""
    form = PolicyForm(None, project, policy_of(project))
    shown = {field.name: field.initial for field in form}
    given = {name: value for name, value in shown.items() if value is not None and value is not False}
    typed = {name: "on" if value is True else str(value) for name, value in given.items()}
    return {name: value for name, value in (typed | changes).items() if value}
