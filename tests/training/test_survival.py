"""What goes wrong in a run is a row with its reason: nothing is promoted, nothing lost."""

import io
import signal
import subprocess
import sys
import wave
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.core.files.storage import default_storage, storages
from django.db import connection
from django.utils import timezone

from labeling.datasets import folders
from labeling.items.actions import add_file
from labeling.items.models import Item, ItemState
from labeling.items.storage import blob_key
from labeling.projects.models import Label, Project
from labeling.registry import artefacts
from labeling.registry.models import ModelVersion
from labeling.registry.reads import promoted
from labeling.suggestions.models import Suggestion
from labeling.training.actions import Trigger, start_run, sweep
from labeling.training.actions.clear import STALE, artefact_of
from labeling.training.actions.execute import execute
from labeling.training.models import Run, RunState
from ml.train import Diverged, Recipe, train
from tests.factories import make_project
from tests.training.material import answer_all, people, pictured_project

pytestmark = pytest.mark.django_db(transaction=True)

SMALL = Recipe(kind="image_cnn", folds=2, epochs=2, width=8, size=16, batch=16)
# A worker that is killed when the curve has three points.
DYING = """
import os, signal, sys
import django
django.setup()
from django.conf import settings
settings.DATABASES["default"]["NAME"] = sys.argv[2]
settings.MEDIA_ROOT = sys.argv[3]
from labeling.training.actions.curve import Curve
from labeling.training.actions.execute import execute
add = Curve.add
def dying(self, event):
    add(self, event)
    if len(self.points) == 3:
        os.kill(os.getpid(), signal.SIGKILL)
Curve.add = dying
execute(run_id=int(sys.argv[1]))
"""


@pytest.fixture
def answered(alice: User) -> Project:
    """Pictures, all of them answered."""
    project = pictured_project(alice, 36)
    answer_all(project, *people(project, "bob", "dora"))
    return project


def begun(project: Project) -> Run:
    return start_run(actor=None, project=project, trigger=Trigger.COMMAND)


def in_training(monkeypatch: pytest.MonkeyPatch, happens: Callable[[], object]) -> None:
    """Let something happen in the middle of the next training."""

    def trained(*args: Any, **options: Any) -> Any:
        made = train(*args, **options)
        happens()
        return made

    monkeypatch.setattr(sys.modules["labeling.training.actions.execute"], "train", trained)


def test_a_fault_in_explaining_costs_no_model(answered: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any) -> int:
        raise NotImplementedError("no maps")

    monkeypatch.setattr(sys.modules["labeling.training.actions.conclude"], "explain_mistakes", broken)
    ended = execute(run_id=begun(answered).pk)
    assert ended.state == RunState.DONE, ended.log
    assert promoted(answered) == ended.model_version
    assert "could not be shown: NotImplementedError: no maps" in ended.log


def test_a_killed_run_goes_on_with_the_same_curve(answered: Project, tmp_path: Path) -> None:
    run = begun(answered)
    Run.objects.update(recipe=SMALL.to_json())
    name, media = connection.settings_dict["NAME"], storages["default"].path("")
    child = subprocess.run([sys.executable, "-c", DYING, str(run.pk), name, media], check=False, cwd=settings.BASE_DIR)
    assert child.returncode == -signal.SIGKILL
    Run.objects.update(heartbeat_at=timezone.now() - STALE - timedelta(seconds=1))
    assert sweep() == [run]
    ended = execute(run_id=run.pk)
    assert ended.state == RunState.DONE, ended.log
    assert ended.snapshot is not None
    whole = train(folders.read(ended.snapshot), SMALL, tmp_path).curve
    assert [point["loss"] for point in ended.curve] == [point["loss"] for point in whole]
    assert [point["validation_accuracy"] for point in ended.curve] == [point["validation_accuracy"] for point in whole]


@pytest.mark.parametrize(
    ("fault", "words", "kept"),
    [
        (Diverged("The loss stopped being a number in epoch 3; the state before it is kept."), "epoch 3", True),
        (RuntimeError("CUDA error: device lost\nand more"), "graphics card went away while it trained", True),
        (MemoryError(), "memory is not enough", False),
    ],
)
def test_what_stops_a_training_is_told_and_nothing_is_promoted(
    answered: Project, monkeypatch: pytest.MonkeyPatch, fault: Exception, words: str, kept: bool
) -> None:
    run = begun(answered)
    place = artefacts.folder(artefact_of(run))

    def failing(*_: Any, **__: Any) -> None:
        place.mkdir(parents=True)
        raise fault

    monkeypatch.setattr(sys.modules["labeling.training.actions.execute"], "train", failing)
    ended = execute(run_id=run.pk)
    assert ended.state == RunState.FAILED
    assert words in ended.reason
    assert place.exists() == kept
    assert promoted(answered) is None
    assert not ModelVersion.objects.exists()


def test_items_removed_since_the_snapshot_are_left_out(answered: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    gone = Item.objects.filter(project=answered, heldout=False).first()
    judge = Item.objects.filter(project=answered, heldout=True).first()
    assert gone is not None
    assert judge is not None
    removed = [gone.pk, judge.pk]
    in_training(monkeypatch, lambda: Item.objects.filter(pk__in=removed).update(state=ItemState.EXCLUDED))
    run = execute(run_id=begun(answered).pk)
    assert run.promoted, run.log
    assert "2 items were removed since the snapshot" in run.log
    assert not Suggestion.objects.filter(item__in=removed).exists()
    assert run.snapshot is not None
    assert run.metrics["items"] == run.snapshot.counts["splits"]["heldout"] - 1


def test_classes_changed_while_it_trains_stop_it(answered: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    label = Label.objects.filter(project=answered, role="class").first()
    assert label is not None
    in_training(monkeypatch, lambda: Label.objects.filter(pk=label.pk).update(retired_at=timezone.now()))
    run = execute(run_id=begun(answered).pk)
    assert run.state == RunState.FAILED
    assert "classes were changed" in run.reason
    assert not ModelVersion.objects.exists()


def test_labels_verified_while_it_trains_are_for_the_next_run(alice: User, monkeypatch: pytest.MonkeyPatch) -> None:
    project = pictured_project(alice)
    bob, dora = people(project, "bob", "dora")
    answer_all(project, bob, dora, most=90)
    in_training(monkeypatch, lambda: answer_all(project, bob, dora))
    run = execute(run_id=begun(project).pk)
    assert run.promoted, run.log
    assert "verified while it trained; the next run learns them" in run.log


@pytest.fixture
def corrupt(answered: Project) -> Iterator[Project]:
    """The project while none of its files can be read; tests share the files, so they are mended afterwards."""
    places = [Path(default_storage.path(blob_key(item.blob_id))) for item in Item.objects.filter(project=answered)]
    held = {place: place.read_bytes() for place in places}
    for place in places:
        place.write_bytes(b"not a picture")
    yield answered
    for place, data in held.items():
        place.write_bytes(data)


def test_files_that_are_all_corrupt_are_a_row_and_no_model(corrupt: Project) -> None:
    run = execute(run_id=begun(corrupt).pk)
    assert (run.state, run.reason) == (RunState.FAILED, "None of the files to learn from can be read.")
    rows = {row["name"]: row for row in run.preflight}
    assert rows["Labelled items with features"]["verdict"] == "warned"
    assert not ModelVersion.objects.exists()


def tone(hertz: float, seed: int) -> bytes:
    """A quarter of a second of a noisy tone; silence for 0 Hz."""
    random, rate = np.random.default_rng(seed), 8000
    time = np.arange(rate // 4) / rate
    sound = np.sin(2 * np.pi * hertz * time) * 0.5 + (random.normal(0, 0.02, len(time)) if hertz else 0)
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setparams((1, 2, rate, 0, "NONE", ""))
        file.writeframes((sound * 32767).astype("<i2").tobytes())
    return out.getvalue()


def test_a_clip_of_silence_and_a_class_with_one_item_are_no_obstacle(alice: User) -> None:
    project = make_project(alice, medium="sound", classes=("bars", "stripes", "spots"), heldout_share=0.3,
                           heldout_answers=2)  # fmt: skip
    for seed in range(30):
        truth = "spots" if seed == 29 else ("bars", "stripes")[seed % 2]
        hertz = 0 if seed == 28 else {"bars": 300, "stripes": 900, "spots": 2000}[truth]
        add_file(actor=alice, project=project, name=f"{seed}.wav", data=tone(hertz, seed), metadata={"truth": truth})
    answer_all(project, *people(project, "bob", "dora"))
    run = execute(run_id=begun(project).pk)
    assert run.state == RunState.DONE, run.log
    rows = {row["name"]: row for row in run.preflight}
    assert rows["Classes with two labels or more"]["verdict"] == "warned"
    assert run.entered[0]["sound"]
