"""A model that the ordinary retrain made answers callers: alone, and as hybrid beside a wizard."""

from statistics import median
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.test import Client

from labeling.oz import actions
from labeling.oz.models import Inquiry, Shift
from labeling.oz.predicting import predict_waiting
from labeling.projects.models import Project
from labeling.registry.reads import promoted
from tests.training.material import CLASSES, answer_all, people, picture, pictured_project

pytestmark = pytest.mark.django_db(transaction=True)
CALLS = 9
FIRST = 1000  # seeds of pictures that no project has


def call(product: Client, project: Project, seed: int) -> dict[str, Any]:
    """Ask what a picture is, as a product does, without waiting."""
    file = SimpleUploadedFile("photo.png", picture(seed % len(CLASSES), seed))
    asked = product.post(f"/api/v1/projects/{project.slug}/predict?wait=0", {"file": file})
    assert asked.status_code == 202
    assert asked.json()["by"] is None
    return dict(asked.json())


def told(product: Client, asked: dict[str, Any]) -> dict[str, Any]:
    """What is answered by now."""
    return dict(product.get(asked["ask_again"]).json()) if asked["ask_again"] else asked


def wizard(project: Project, owner: User, user: User) -> Shift:
    """Somebody on duty for what the model leaves open."""
    made = actions.draft(actor=owner, project=project, name="Beside the model", goal="An answer to each.")
    actions.write_variant(actor=owner, experiment=made, question="Which?", classes=list(CLASSES))
    actions.seat(actor=owner, experiment=made, user=user, part="wizard")
    return actions.come_on_duty(actor=user, experiment=actions.start(actor=owner, experiment=made))


def test_from_answers_by_retrain_to_a_callers_answer(client: Client, alice: User) -> None:
    project = pictured_project(alice)
    bob, dora = people(project, "bob", "dora")
    answer_all(project, bob, dora, most=90)
    call_command("retrain", project.slug, "--here")
    version = promoted(project)
    assert version is not None
    client.force_login(bob)
    seeds = range(FIRST, FIRST + CALLS)

    actions.set_service(actor=alice, project=project, source="model")
    asked = [call(client, project, seed) for seed in seeds]
    assert predict_waiting(project=project) == CALLS
    alone = [told(client, each) for each in asked]
    assert {(each["state"], each["by"]["kind"], each["by"]["model"]) for each in alone} == {
        ("answered", "model", version.number)
    }
    right = [each["label"] == CLASSES[seed % len(CLASSES)] for each, seed in zip(alone, seeds, strict=True)]
    assert sum(right) > 2 * CALLS / 3, "what it learnt holds for pictures that it never saw"

    sure = [each["by"]["confidence"] for each in alone]
    actions.set_service(actor=alice, project=project, source="hybrid", threshold=median(sure))
    shift = wizard(project, alice, dora)
    asked = [call(client, project, seed) for seed in seeds]
    answered = predict_waiting(project=project)
    assert answered == sum(each >= median(sure) for each in sure)
    mixed = [told(client, each) for each in asked]
    for before, after in zip(alone, mixed, strict=True):
        if before["by"]["confidence"] >= median(sure):
            assert (after["label"], after["by"]) == (before["label"], before["by"])
        else:
            assert (after["state"], after["by"]) == ("waiting", None)
    while (taken := actions.take(shift=shift)) is not None and taken.caller_id is not None:
        actions.answer(shift=shift, inquiry_id=taken.pk, said=CLASSES[0], milliseconds=700)
    kinds = [told(client, each)["by"]["kind"] for each in mixed]
    assert (kinds.count("model"), kinds.count("wizard")) == (answered, CALLS - answered)
    assert set(alone[0]) == set(told(client, mixed[-1])), "the caller can tell by one field alone"
    assert not Inquiry.objects.filter(caller=bob).exclude(state="answered").exists()
