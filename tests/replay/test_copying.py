"""People who are played may see suggestions and take them unseen; recorded ones saw none."""

import pytest

from labeling.annotations.anchoring import reading
from labeling.annotations.models import Annotation
from labeling.assignments.actions import admit_ready
from labeling.assignments.models import Arm
from labeling.projects.actions import change_settings
from labeling.projects.models import Label, Project
from labeling.projects.reads import true_label_ids
from labeling.registry.models import ModelState, ModelVersion
from labeling.replay.play import Player
from labeling.replay.policy import Policy
from labeling.replay.record import Record
from labeling.replay.stage import on_stage, prepare
from labeling.suggestions.models import Suggestion

ITEMS, COPYING = 120, 0.5
PLAYED = Policy(limit=3, target=0.999, floor=0.99, heldout_share=0.0, shown=0.5, copying=COPYING)


def wrong_everywhere(project: Project) -> None:
    """A promoted model that is sure of the wrong class."""
    ids = true_label_ids(project)
    version = ModelVersion.objects.create(
        project=project, number=1, state=ModelState.PROMOTED, recipe={}, artefact="", label_ids=ids
    )
    no = Label.objects.get(project=project, name="no")
    shares = [0.9 if pk == no.pk else 0.1 / (len(ids) - 1) for pk in ids]
    Suggestion.objects.bulk_create(
        Suggestion(item=item, model_version=version, label=no, confidence=0.9, probabilities=shares, out_of_fold=True)
        for item in project.items.all()
    )


def player(policy: Policy) -> Player:
    """People who know that everything is a yes, and a model that says no."""
    said = {f"item {at}": [(f"p{who}", "yes") for who in range(3)] for at in range(ITEMS)}
    record = Record(said, {"item 0": "no"})
    prepare(record, None, None, Policy(model=False, limit=3))
    stage = on_stage()
    change_settings(actor=stage.owner, project=stage.project, model_helps=True)
    stage.project.refresh_from_db()
    admit_ready(project=stage.project)
    wrong_everywhere(stage.project)
    return Player(stage, record, policy, 0)


@pytest.mark.django_db
def test_the_meter_reads_the_copy_rate_of_people_who_are_played() -> None:
    one = player(PLAYED)
    for _ in range(3):
        one._ask(ITEMS)
    shown = Annotation.objects.filter(arm=Arm.SUGGESTED)
    taken = shown.filter(label__name="no")
    assert not Annotation.objects.filter(arm=Arm.BLIND, label__name="no").exists()
    read = reading(one.stage.project).meter.overall
    assert read.low < taken.count() / shown.count() < read.high
    point = one._point()
    assert (point.copy_rate, point.copy_low, point.copy_high) == (read.value, read.low, read.high)


@pytest.mark.django_db
def test_recorded_people_see_no_suggestion() -> None:
    one = player(Policy(limit=3))
    one._ask(ITEMS)
    assert not Annotation.objects.exclude(arm=Arm.BLIND, arm_probability=1.0, suggestion=None).exists()
    assert one._point().to_json()["copy_rate"] is None
