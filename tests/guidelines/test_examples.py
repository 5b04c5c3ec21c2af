"""Examples of what belongs to a class and what does not."""

from typing import Any

import pytest
from django.contrib.auth.models import User

from labeling.errors import BadInput
from labeling.guidelines.actions import add_example, edit, upload_example
from labeling.guidelines.models import Example
from labeling.guidelines.reads import current, shown_examples
from labeling.items.actions import erase_uploads
from labeling.items.models import Item, ItemState
from labeling.projects.classes import ClassDraft
from labeling.projects.models import Project
from tests.factories import make_items, make_project
from tests.pictures import png


@pytest.fixture
def project(alice: User) -> Project:
    return make_project(alice)


def label(project: Project, name: str) -> int:
    return project.labels.get(name=name).pk


def test_a_version_shows_its_examples_by_class(alice: User, project: Project) -> None:
    one, two = make_items(project, 2)
    yes = add_example(actor=alice, project=project, item_id=one.pk, label_id=label(project, "cat"), fits=True)
    no = add_example(
        actor=alice, project=project, item_id=two.pk, label_id=label(project, "cat"), fits=False, because="A  fox."
    )
    assert current(project).example_ids == []
    version = edit(actor=alice, project=project, base_number=1, example_ids=[no.pk, yes.pk, no.pk])
    assert version.example_ids == [no.pk, yes.pk]
    (shown,) = shown_examples(project, version.example_ids)
    assert (shown.label.name, shown.yes, shown.no) == ("cat", [yes], [no])
    assert shown.no[0].because == "A fox."
    assert edit(actor=alice, project=project, base_number=2, text="New.").example_ids == version.example_ids


def test_the_same_example_twice_is_one(alice: User, project: Project) -> None:
    (item,) = make_items(project, 1)
    given: dict[str, Any] = {"item_id": item.pk, "label_id": label(project, "dog"), "fits": True, "because": "Ears."}
    first = add_example(actor=alice, project=project, **given)
    assert add_example(actor=alice, project=project, **given) == first
    assert Example.objects.count() == 1


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"because": "", "fits": False}, "because"),
        ({"because": "x" * 301}, "because"),
        ({"label_id": 0}, "label"),
        ({"item_id": 0}, "item"),
    ],
)
def test_what_shows_nothing_is_refused_by_field(
    alice: User, project: Project, change: dict[str, Any], field: str
) -> None:
    (item,) = make_items(project, 1)
    given = {"item_id": item.pk, "label_id": label(project, "dog"), "fits": True} | change
    with pytest.raises(BadInput) as refusal:
        add_example(actor=alice, project=project, **given)
    assert refusal.value.field == field


def test_another_projects_items_classes_and_examples_are_refused(alice: User, project: Project) -> None:
    other = make_project(alice)
    (theirs,), (mine,) = make_items(other, 1), make_items(project, 1)
    with pytest.raises(BadInput):
        add_example(actor=alice, project=project, item_id=theirs.pk, label_id=label(project, "cat"), fits=True)
    with pytest.raises(BadInput):
        add_example(actor=alice, project=project, item_id=mine.pk, label_id=label(other, "cat"), fits=True)
    example = add_example(actor=alice, project=other, item_id=theirs.pk, label_id=label(other, "cat"), fits=True)
    with pytest.raises(BadInput) as refusal:
        edit(actor=alice, project=project, base_number=1, example_ids=[example.pk])
    assert refusal.value.field == "example_ids"


def test_an_uploaded_example_is_shown_and_never_asked(alice: User, project: Project) -> None:
    example = upload_example(
        actor=alice, project=project, name="fox.png", data=png(3), label_id=label(project, "cat"), fits=False,
        because="A fox.",
    )  # fmt: skip
    assert example.item.state == ItemState.EXCLUDED
    assert shown_examples(project, [example.pk])[0].no == [example]
    erase_uploads(actor=alice, project=project, user=alice)
    assert shown_examples(project, [example.pk]) == []


@pytest.mark.parametrize("data", [b"<svg onload=alert(1)>", b"x" * (20 * 2**20 + 1)])
def test_an_uploaded_example_that_is_no_picture_or_a_giant_one_is_refused(
    alice: User, project: Project, data: bytes
) -> None:
    with pytest.raises(BadInput) as refusal:
        upload_example(
            actor=alice, project=project, name="a.png", data=data, label_id=label(project, "cat"), fits=True
        )
    assert refusal.value.field == "file"
    assert not Item.objects.exists()


def test_an_example_does_not_keep_its_class_in_use(alice: User, project: Project) -> None:
    (item,) = make_items(project, 1)
    fox = edit(actor=alice, project=project, base_number=1, classes=[*_drafts(project), ClassDraft("fox")])
    example = add_example(actor=alice, project=project, item_id=item.pk, label_id=label(project, "fox"), fits=True)
    edit(actor=alice, project=project, base_number=fox.number, example_ids=[example.pk])
    edit(actor=alice, project=project, base_number=3, classes=_drafts(project)[:2])
    assert shown_examples(project, current(project).example_ids) == []


def _drafts(project: Project) -> list[ClassDraft]:
    rows = project.labels.filter(retired_at=None, role="class")
    return [ClassDraft(row.name, row.key, row.pk) for row in rows]
