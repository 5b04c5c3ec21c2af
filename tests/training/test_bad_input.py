"""Odd files go the ordinary way: taken in or refused with a reason, answered, learnt from, and spoken of."""

import itertools
import sys
from typing import Any

import numpy as np
import pytest
import torch
from django.contrib.auth.models import User

from labeling.items.actions import add_file
from labeling.items.models import Item, ItemState
from labeling.projects.models import Project
from labeling.registry import artefacts
from labeling.registry.models import ModelVersion
from labeling.registry.reads import promoted
from labeling.suggestions.models import Suggestion
from labeling.training.actions import Trigger, start_run
from labeling.training.actions.clear import artefact_of
from labeling.training.actions.execute import execute
from labeling.training.models import Run, RunState
from ml.recipe import Recipe
from tests.factories import make_project
from tests.ml.odd import odd_pictures, odd_sounds, wide_picture
from tests.training.material import CLASSES, HELDOUT, answer_all, people, pictured_project

pytestmark = pytest.mark.django_db(transaction=True)

RATE = 16_000
SMALL = Recipe(kind="image_cnn", folds=2, epochs=2, width=4, size=16, batch=16)


def add(owner: User, project: Project, name: str, data: bytes, truth: str, *, judges: bool = False) -> None:
    """One file; whether it judges is not left to its hash."""
    outcome = add_file(actor=owner, project=project, name=name, data=data, metadata={"truth": truth})
    if outcome.item is None:
        assert outcome.reason
    else:
        Item.objects.filter(pk=outcome.item.pk).update(heldout=judges)


def learnt(project: Project) -> Run:
    """The run on everything that was answered."""
    answer_all(project, *people(project, "bob", "dora"))
    return execute(run_id=start_run(actor=None, project=project, trigger=Trigger.COMMAND).pk)


def spoken_of(run: Run) -> set[str]:
    """Names of the items that have a suggestion."""
    found = Suggestion.objects.filter(model_version=run.model_version)
    return set(found.values_list("item__name", flat=True))


def test_pictures_of_every_size_and_kind_are_learnt_from(alice: User) -> None:
    project = pictured_project(alice, 45)
    across = np.broadcast_to(np.arange(48)[None, :, None], (32, 48, 3))
    pixels = (128 + 100 * np.sin(across)).astype(np.uint8)
    kinds = odd_pictures(pixels) | {"8k.jpg": wide_picture(pixels)}
    for name, data in kinds.items():
        add(alice, project, name, data, CLASSES[0])
    run = learnt(project)
    assert run.state == RunState.DONE, run.log
    assert run.promoted, run.reason
    ready = set(Item.objects.filter(project=project, state=ItemState.READY).values_list("name", flat=True))
    assert set(kinds) <= ready
    assert spoken_of(run) == ready


def test_sounds_of_every_rate_depth_and_channel_count_are_learnt_from(alice: User) -> None:
    project = make_project(alice, medium="sound", classes=CLASSES, heldout_share=0.3, heldout_answers=2)
    random, time = np.random.default_rng(0), np.arange(RATE // 4) / RATE
    hertz = dict(zip(CLASSES, (300, 900, 2500), strict=True))
    for at, truth in zip(range(30), itertools.cycle(CLASSES), strict=False):
        wave = np.sin(2 * np.pi * hertz[truth] * time) * 0.4 + random.normal(0, 0.02, len(time))
        data = odd_sounds(wave.astype(np.float32), RATE)["stereo.wav" if at % 2 else "24-bit.wav"]
        add(alice, project, f"{at}.wav", data, truth, judges=at // 3 % 10 in HELDOUT)
    kinds = odd_sounds((np.sin(2 * np.pi * 900 * time) * 0.3).astype(np.float32), RATE)
    for name, data in kinds.items():
        add(alice, project, name, data, CLASSES[1])
    run = learnt(project)
    assert run.state == RunState.DONE, run.log
    assert run.promoted, run.reason
    ready = set(Item.objects.filter(project=project, state=ItemState.READY).values_list("name", flat=True))
    assert spoken_of(run) == ready
    assert len(ready) >= 30 + len(kinds) - 2  # silence and a single sample may be refused, with a reason


@pytest.mark.parametrize("fault", ["lost", "diverged"])
def test_what_was_learnt_before_a_fault_is_gone_on_from(
    alice: User, monkeypatch: pytest.MonkeyPatch, fault: str
) -> None:
    project = pictured_project(alice, 36)
    answer_all(project, *people(project, "bob", "dora"))
    steps, step = itertools.count(), sys.modules["ml.train_net"].take_step

    def lost(*given: Any) -> torch.Tensor:
        made: torch.Tensor = step(*given)
        if next(steps) != 3:
            return made
        if fault == "lost":
            raise torch.AcceleratorError("CUDA error: device-side assert, the device is lost")
        return made * torch.nan

    run = start_run(actor=None, project=project, trigger=Trigger.COMMAND)
    Run.objects.filter(pk=run.pk).update(recipe=SMALL.to_json())
    with monkeypatch.context() as patched:
        patched.setattr("ml.train_net.take_step", lost)
        patched.setattr("labeling.training.actions.execute.check", lambda *_: None)  # it takes steps of its own
        ended = execute(run_id=run.pk)
    assert ended.state == RunState.FAILED
    assert ("graphics card went away" if fault == "lost" else "state after epoch") in ended.reason
    assert ended.curve
    assert promoted(project) is None
    assert not ModelVersion.objects.exists()
    run = start_run(actor=None, project=project, trigger=Trigger.COMMAND)
    Run.objects.filter(pk=run.pk).update(recipe=SMALL.to_json())
    again = execute(run_id=run.pk)
    assert again.state == RunState.DONE, again.log
    assert again.snapshot == ended.snapshot
    assert f"Going on from where run {ended.number} was." in again.log
    assert again.recipe["lr"] == pytest.approx(SMALL.lr * (1 if fault == "lost" else 0.1))
    assert again.curve[0]["loss"] == ended.curve[0]["loss"]
    assert not artefacts.folder(artefact_of(ended)).exists()
