"""From answers to a promoted model: the whole way, and every refusal on it."""

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command

from labeling.items.models import Item
from labeling.registry import artefacts
from labeling.registry.reads import promoted
from labeling.selection.reads import ranked_by
from labeling.suggestions.models import Suggestion
from labeling.training.models import Run, RunState
from tests.training.material import answer_all, people, pictured_project

pytestmark = pytest.mark.django_db(transaction=True)


def test_retrain_promotes_a_model_whose_suggestions_and_order_go_live(alice: User) -> None:
    project = pictured_project(alice)
    answer_all(project, *people(project, "bob", "dora"), most=90)
    call_command("retrain", project.slug, "--here")
    run = Run.objects.get(project=project)
    version = promoted(project)
    assert run.state == RunState.DONE, run.log
    assert run.promoted
    assert version == run.model_version
    assert version is not None
    assert artefacts.path_of(version).joinpath("model.json").exists()
    assert run.metrics["accuracy"] > run.metrics["baseline"]
    assert run.metrics["low"] <= run.metrics["accuracy"] <= run.metrics["high"]
    assert run.curve[-1]["confusion"]
    assert set(Suggestion.objects.values_list("item_id", flat=True)) == set(Item.objects.values_list("pk", flat=True))
    assert ranked_by(project, version.pk)
