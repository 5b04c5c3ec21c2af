"""The model slips in behind the same API: alone, or where it is sure enough; the caller can tell by one field only."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from django.contrib.auth.models import User

from labeling.oz import actions, predicting
from labeling.oz.models import Experiment, Inquiry, Shift
from labeling.oz.payloads import call_payload
from labeling.projects.models import Project
from labeling.projects.reads import true_label_ids
from labeling.registry.actions import promote, register
from labeling.registry.models import ModelVersion
from ml.data import decode_image
from tests.oz.conftest import picture

Sure = Callable[[float], None]


@pytest.fixture
def version(project: Project) -> ModelVersion:
    """A promoted model."""
    made = register(
        actor=None, project=project, recipe={"kind": "head"}, artefact="none", label_ids=true_label_ids(project),
        metrics={},
    )  # fmt: skip
    return promote(actor=None, version=made)


@pytest.fixture
def sure(monkeypatch: pytest.MonkeyPatch) -> Sure:
    """Let the model's weights, which no test trains, be this sure of the second class; it does get to see the files."""

    def set_to(confidence: float) -> None:
        def predict(folder: Path, *, files: list[Path]) -> tuple[np.ndarray, None]:
            assert all(decode_image(file.read_bytes()).shape == (64, 96, 3) for file in files)
            return np.tile([1 - confidence, confidence], (len(files), 1)), None

        monkeypatch.setattr(predicting, "predict", predict)

    return set_to


def ask(project: Project, user: User, seed: int = 1) -> Inquiry:
    return actions.ask(actor=user, project=project, name="a.png", data=picture(seed))


def told(project: Project, inquiry: Inquiry) -> tuple[int, str | None, str | None]:
    row = Inquiry.objects.select_related("reply__model_version").get(pk=inquiry.pk)
    body, status = call_payload(project, row)
    return status, body["label"], body["by"] and body["by"]["kind"]


def test_the_model_alone_needs_no_experiment(
    project: Project, version: ModelVersion, sure: Sure, alice: User, bob: User
) -> None:
    actions.set_service(actor=alice, project=project, source="model")
    asked = [ask(project, bob, seed) for seed in range(3)]
    assert told(project, asked[0]) == (202, None, None)
    sure(0.6)
    assert predicting.predict_waiting(project=project) == 3
    assert predicting.predict_waiting(project=project) == 0
    assert told(project, asked[0]) == (200, "no", "model")


def test_hybrid_goes_to_the_wizards_where_the_model_is_unsure(
    project: Project, version: ModelVersion, sure: Sure, alice: User, bob: User, shift: Shift
) -> None:
    actions.set_service(actor=alice, project=project, source="hybrid", threshold=0.9)
    certain = ask(project, bob, 1)
    sure(0.95)
    predicting.predict_waiting(project=project)
    unsure = ask(project, bob, 2)
    sure(0.7)
    predicting.predict_waiting(project=project)
    assert told(project, certain) == (200, "no", "model")
    assert told(project, unsure) == (202, None, None)
    taken = actions.take(shift=shift)
    assert taken == unsure
    assert taken.variant is not None
    said = taken.variant.classes[0]["name"]
    actions.answer(shift=shift, inquiry_id=unsure.pk, said=said, milliseconds=10)
    assert told(project, unsure) == (200, said, "wizard")


def test_hybrid_with_nobody_on_duty_is_told_at_once(
    project: Project, version: ModelVersion, sure: Sure, alice: User, bob: User, started: Experiment
) -> None:
    actions.set_service(actor=alice, project=project, source="hybrid", threshold=0.9)
    asked = ask(project, bob)
    sure(0.5)
    predicting.predict_waiting(project=project)
    assert told(project, asked) == (504, None, None)


def test_what_ended_before_the_model_came_stays_ended(
    project: Project, version: ModelVersion, sure: Sure, alice: User, bob: User, started: Experiment
) -> None:
    actions.set_service(actor=alice, project=project, source="hybrid")
    asked = ask(project, bob)
    actions.end(actor=alice, experiment=started)
    sure(1.0)
    assert predicting.predict_waiting(project=project) == 0
    assert told(project, asked) == (410, None, None)
