"""What a model said: written once, read for the promoted version alone."""

import pytest
from django.contrib.auth.models import User

from labeling.items.models import Item
from labeling.projects.models import Project
from labeling.projects.reads import true_label_ids
from labeling.registry.actions import promote, register
from labeling.registry.models import ModelVersion
from labeling.suggestions.actions import Opinion, write
from labeling.suggestions.reads import current
from tests.training.material import pictured_project

pytestmark = pytest.mark.django_db


def version_of(project: Project) -> ModelVersion:
    return register(
        actor=None, project=project, recipe={}, artefact="a", label_ids=true_label_ids(project), metrics={}
    )


def items_of(project: Project) -> list[int]:
    return list(Item.objects.filter(project=project).order_by("pk").values_list("pk", flat=True))


def test_written_once_with_the_most_probable_label(alice: User) -> None:
    project = pictured_project(alice, 3)
    version, items = version_of(project), items_of(project)
    rows = [Opinion(item, (0.2, 0.7, 0.1), out_of_fold=item == items[0]) for item in items]
    assert write(version=version, rows=rows) == 3
    assert write(version=version, rows=rows) == 0
    promote(actor=None, version=version)
    found = current(project, items[:2])
    assert set(found) == set(items[:2])
    assert found[items[0]].label_id == version.label_ids[1]
    assert found[items[0]].confidence == 0.7
    assert (found[items[0]].out_of_fold, found[items[1]].out_of_fold) == (True, False)


def test_only_the_promoted_version_speaks(alice: User) -> None:
    project = pictured_project(alice, 1)
    first, second = version_of(project), version_of(project)
    items = items_of(project)
    write(version=first, rows=[Opinion(items[0], (1.0, 0.0, 0.0), False)])
    write(version=second, rows=[Opinion(items[0], (0.0, 1.0, 0.0), False)])
    assert current(project, items) == {}
    promote(actor=None, version=second)
    assert current(project, items)[items[0]].model_version == second
