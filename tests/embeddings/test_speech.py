"""The speech embedding as a project's features: chosen by its owner, refused where the extra is not there.

It is heard through the tiny stand-in of `tests.ml.tiny_onnx`: the extra itself is not needed.
"""

import io
from pathlib import Path

import numpy as np
import pytest
import soundfile
from django.contrib.auth.models import User
from django.test import Client

from labeling.audit.models import Event
from labeling.datasets import folders
from labeling.embeddings.actions import ensure, see_through
from labeling.embeddings.models import Embedding
from labeling.embeddings.reads import backbone_of, vectors
from labeling.embeddings.tasks import embed_new_items
from labeling.errors import BadInput, Unavailable
from labeling.items.actions import add_file
from labeling.items.models import Item
from labeling.projects.models import Project
from labeling.registry.reads import promoted
from labeling.training.actions import Trigger, start_run
from labeling.training.actions.execute import execute
from labeling.training.models import RetrainPolicy, RunState
from ml import speech_files
from ml.speech_files import DIMENSIONS
from ml.versions import SOUND_STATISTICS, SPEECH
from tests.factories import make_project
from tests.ml.tiny_onnx import install
from tests.training.material import CLASSES, HELDOUT, answer_all, people, retrain_settings

pytestmark = pytest.mark.django_db(transaction=True)

PITCHES = (400, 1500, 4000)  # Hz, one a class
RATE = 8000


@pytest.fixture
def without(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine on which the extra is not installed, whatever this one has."""
    monkeypatch.setattr(speech_files, "folder", lambda: None)


def wav(kind: int, seed: int) -> bytes:
    """A noisy tone of a class's pitch."""
    random, time = np.random.default_rng(seed), np.arange(RATE // 4) / RATE
    wave = 0.4 * np.sin(2 * np.pi * min(PITCHES[kind], 3000) * time) + random.normal(0, 0.02, len(time))
    out = io.BytesIO()
    soundfile.write(out, wave, RATE, format="WAV")
    return out.getvalue()


def heard_project(owner: User, count: int) -> Project:
    """A project of tones, three in ten of each class held out."""
    project = make_project(owner, medium="sound", classes=CLASSES, heldout_share=0.3, heldout_answers=2)
    for seed in range(count):
        truth = {"truth": CLASSES[seed % 3]}
        added = add_file(
            actor=owner, project=project, name=f"{seed}.wav", data=wav(seed % 3, seed), metadata=truth
        )
        assert added.item is not None, added.reason
        Item.objects.filter(pk=added.item.pk).update(heldout=seed // 3 % 10 in HELDOUT)
    return project


def test_without_the_extra_the_choice_is_refused_with_field_and_reason(
    alice: User, client: Client, without: None
) -> None:
    project = make_project(alice, medium="sound")
    with pytest.raises(BadInput, match="not installed") as refusal:
        see_through(actor=alice, project=project, backbone=SPEECH)
    assert refusal.value.field == "backbone"
    client.force_login(alice)
    answer = client.put(
        f"/api/v1/projects/{project.slug}/retrain-policy", {"backbone": SPEECH}, content_type="application/json"
    )
    assert answer.status_code == 400
    assert answer.json()["field"] == "backbone"
    page = client.post(f"/p/{project.slug}/model/settings", retrain_settings(project, backbone=SPEECH))
    assert b"not installed" in page.content
    project.refresh_from_db()
    assert backbone_of(project) == SOUND_STATISTICS
    assert not RetrainPolicy.objects.exists()


def test_pictures_have_no_such_choice_and_unknown_features_are_refused(
    alice: User, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(tmp_path, monkeypatch)
    for medium, wanted in (("image", SPEECH), ("sound", "whatever")):
        with pytest.raises(BadInput, match="no such features") as refusal:
            see_through(actor=alice, project=make_project(alice, medium=medium), backbone=wanted)
        assert refusal.value.field == "backbone"


def test_the_owner_chooses_it_once_and_takes_it_back(
    alice: User, client: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(tmp_path, monkeypatch)
    project = make_project(alice, medium="sound")
    client.force_login(alice)
    place = f"/api/v1/projects/{project.slug}/retrain-policy"
    assert b"CC BY-NC-SA 4.0" in client.get(f"/p/{project.slug}/model/settings").content
    for _ in range(2):
        answer = client.put(place, {"backbone": SPEECH}, content_type="application/json")
        assert answer.json()["backbone"] == SPEECH
    assert Event.objects.filter(verb="chose features", project_id=project.pk).count() == 1
    assert client.put(place, {"trials": 2}, content_type="application/json").json()["backbone"] == SPEECH
    sent = retrain_settings(Project.objects.get(pk=project.pk), backbone="")
    assert client.post(f"/p/{project.slug}/model/settings", sent).status_code == 302
    assert backbone_of(Project.objects.get(pk=project.pk)) == SOUND_STATISTICS


def test_a_retrain_learns_from_the_stored_embedding_and_speaks(
    alice: User, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(tmp_path, monkeypatch)
    project = see_through(actor=alice, project=heard_project(alice, 30), backbone=SPEECH)
    assert ensure(project=project) == 30
    assert ensure(project=project) == 0
    blobs = list(Item.objects.filter(project=project).values_list("blob_id", flat=True))
    assert vectors(blobs, SPEECH)[1].shape == (30, DIMENSIONS)
    answer_all(project, *people(project, "bob", "dora"))
    run = execute(run_id=start_run(actor=alice, project=project, trigger=Trigger.OWNER).pk)
    assert run.state == RunState.DONE, run.log
    assert run.recipe["backbone"] == SPEECH
    assert run.metrics["accuracy"] > 0.9
    assert run.snapshot is not None
    assert folders.read(run.snapshot).feature_version == SPEECH
    assert promoted(project) == run.model_version


def test_where_the_extra_went_away_nothing_is_computed_and_a_retrain_says_why(
    alice: User, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(tmp_path, monkeypatch)
    project = see_through(actor=alice, project=heard_project(alice, 3), backbone=SPEECH)
    monkeypatch.setattr(speech_files, "folder", lambda: None)
    with pytest.raises(Unavailable, match="not installed"):
        ensure(project=project)
    assert embed_new_items() == 0
    run = execute(run_id=start_run(actor=alice, project=project, trigger=Trigger.OWNER).pk)
    assert run.state == RunState.FAILED
    assert "not installed" in run.reason
    assert not Embedding.objects.exists()
