"""Editing a guideline: each edit a version, two owners at once, classes that are in use."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection

from labeling.errors import BadInput, Conflict
from labeling.guidelines.actions import EditedMeanwhile, edit
from labeling.guidelines.models import GuidelineVersion
from labeling.guidelines.reads import current
from labeling.items.models import Blob, Item, SupposedLabel
from labeling.projects.classes import ClassDraft
from labeling.projects.models import Label, Project
from labeling.projects.reads import active_labels, true_label_ids
from tests.factories import make_project


@pytest.fixture
def project(alice: User) -> Project:
    return make_project(alice, with_unsure=False)


def drafts(project: Project) -> list[ClassDraft]:
    return [ClassDraft(label.name, label.key, label.pk) for label in active_labels(project)]


def use(label: Label) -> None:
    """Let a row point at the label, as answers and imported labels do."""
    blob = Blob.objects.create(sha256="a" * 64, size=1, format="png", content_type="image/png", fingerprint="f")
    item = Item.objects.create(project=label.project, blob=blob, name="a.png", group="f", heldout=False, fold=0)
    SupposedLabel.objects.create(item=item, label=label, source="folder")


def test_an_edit_is_a_new_version_and_the_old_one_stays(alice: User, project: Project) -> None:
    version = edit(actor=alice, project=project, base_number=1, text="Look at the tail.\r\n", change="Ears mislead")
    assert (version.number, version.text) == (2, "Look at the tail.")
    assert (version.change, version.author) == ("Ears mislead", alice)
    assert GuidelineVersion.objects.get(project=project, number=1).text == "Look at the ears."
    assert current(project) == version


def test_a_new_question_is_asked_from_then_on(alice: User, project: Project) -> None:
    edit(actor=alice, project=project, base_number=1, question="Cat or dog?")
    project.refresh_from_db()
    assert project.question == "Cat or dog?"


def test_the_same_edit_sent_twice_is_one_version(alice: User, project: Project) -> None:
    first = edit(actor=alice, project=project, base_number=1, text="New.")
    assert edit(actor=alice, project=project, base_number=1, text="New.") == first
    assert edit(actor=alice, project=project, base_number=2) == first


def test_an_edit_upon_an_older_version_is_refused(alice: User, bob: User, project: Project) -> None:
    edit(actor=bob, project=project, base_number=1, text="By bob.")
    classes = [*drafts(project), ClassDraft("fox")]
    with pytest.raises(EditedMeanwhile) as refusal:
        edit(actor=alice, project=project, base_number=1, text="By alice.", classes=classes)
    assert refusal.value.problem() == {
        "type": "edited-meanwhile", "field": "base_number", "reason": "bob wrote version 2 meanwhile",
        "number": "2", "question": "Which animal is this?", "text": "By bob.",
    }  # fmt: skip
    assert [label.name for label in active_labels(project)] == ["cat", "dog"]


@pytest.mark.django_db(transaction=True)
def test_two_owners_at_once_make_one_version_and_one_conflict(alice: User, bob: User) -> None:
    project = make_project(alice)

    def write(user: User) -> str:
        try:
            edit(actor=user, project=project, base_number=1, text=f"By {user}.")
        except EditedMeanwhile:
            return "refused"
        finally:
            connection.close()
        return "written"

    with ThreadPoolExecutor(2) as people:
        assert sorted(people.map(write, [alice, bob])) == ["refused", "written"]
    assert GuidelineVersion.objects.filter(project=project).count() == 2


def test_classes_are_renamed_swapped_and_added_in_place(alice: User, project: Project) -> None:
    cat, dog = active_labels(project)
    wanted = [ClassDraft("dog", "1", cat.pk), ClassDraft("cat", "2", dog.pk), ClassDraft("fox")]
    version = edit(actor=alice, project=project, base_number=1, classes=wanted, with_none=True)
    assert [(label.pk, label.name, label.key) for label in active_labels(project)][:2] == [
        (cat.pk, "dog", "1"), (dog.pk, "cat", "2"),
    ]  # fmt: skip
    assert [(each["name"], each["key"]) for each in version.classes] == [
        ("dog", "1"), ("cat", "2"), ("fox", "3"), ("None of these", "n"),
    ]  # fmt: skip
    assert [each["name"] for each in GuidelineVersion.objects.get(project=project, number=1).classes] == ["cat", "dog"]


def test_an_unused_class_is_retired_and_comes_back_as_the_same(alice: User, project: Project) -> None:
    edit(actor=alice, project=project, base_number=1, classes=[*drafts(project), ClassDraft("fox")])
    fox = Label.objects.get(name="fox")
    edit(actor=alice, project=project, base_number=2, classes=drafts(project)[:2])
    fox.refresh_from_db()
    assert fox.retired_at is not None
    assert fox.pk not in true_label_ids(project)
    edit(actor=alice, project=project, base_number=3, classes=[*drafts(project), ClassDraft("fox")])
    assert [label.pk for label in active_labels(project)][2] == fox.pk


def test_a_class_in_use_is_retired_only_when_confirmed(alice: User, project: Project) -> None:
    edit(actor=alice, project=project, base_number=1, classes=[*drafts(project), ClassDraft("fox")])
    fox = Label.objects.get(name="fox")
    use(fox)
    with pytest.raises(Conflict, match=r"“fox” is in use \(supposed label 1\)") as refusal:
        edit(actor=alice, project=project, base_number=2, classes=drafts(project)[:2])
    assert refusal.value.field == "retire_in_use"
    fox.refresh_from_db()
    assert fox.retired_at is None
    version = edit(actor=alice, project=project, base_number=2, classes=drafts(project)[:2], retire_in_use=True)
    fox.refresh_from_db()
    assert fox.retired_at is not None
    assert version.number == 3
    assert SupposedLabel.objects.get().label == fox


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"question": " "}, "question"),
        ({"question": "x" * 301}, "question"),
        ({"text": "x" * 100_001}, "text"),
        ({"classes": [ClassDraft("cat")]}, "classes"),
        ({"classes": [ClassDraft("cat", "x"), ClassDraft("dog")]}, "keys"),
        ({"classes": [ClassDraft("cat", "1", 10**9), ClassDraft("dog")]}, "classes"),
    ],
)
def test_what_cannot_be_asked_is_refused_by_field(
    alice: User, project: Project, change: dict[str, Any], field: str
) -> None:
    with pytest.raises(BadInput) as refusal:
        edit(actor=alice, project=project, base_number=1, **change)
    assert refusal.value.field == field
    assert current(project).number == 1


def test_another_projects_class_cannot_be_taken(alice: User, project: Project) -> None:
    theirs = active_labels(make_project(alice))[0]
    classes = [ClassDraft("cat", "1", theirs.pk), ClassDraft("dog")]
    with pytest.raises(BadInput):
        edit(actor=alice, project=project, base_number=1, classes=classes)
