"""Making a project: its classes, keys and owner."""

from typing import Any

import pytest
from django.contrib.auth.models import User

from labeling.audit.models import Event
from labeling.errors import BadInput, Conflict
from labeling.guidelines.reads import current
from labeling.projects import reads
from labeling.projects.classes import KEYS, ClassDraft
from labeling.projects.models import Member, Project
from tests.factories import make_project


def keys(project: Project) -> dict[str, str]:
    return {label.name: label.key for label in reads.active_labels(project)}


def test_the_maker_owns_a_project_with_keys_and_a_first_guideline(alice: User) -> None:
    project = make_project(alice, with_none=True)

    assert keys(project) == {"cat": "1", "dog": "2", "None of these": "n", "Not sure": "s"}
    assert Member.objects.get(project=project).role == "owner"
    assert (current(project).number, current(project).text) == (1, "Look at the ears.")
    assert [each["name"] for each in current(project).classes] == ["cat", "dog", "None of these", "Not sure"]
    assert Event.objects.filter(project_id=project.pk, verb="create", actor=alice).count() == 1


def test_true_labels_leave_out_not_sure_and_come_by_id(alice: User) -> None:
    project = make_project(alice, with_none=True)
    names = [project.labels.get(pk=pk).name for pk in reads.true_label_ids(project)]
    assert names == ["cat", "dog", "None of these"]


def test_keys_go_on_with_letters_that_the_page_does_not_use(alice: User) -> None:
    project = make_project(alice, classes=[f"c{number}" for number in range(14)], with_unsure=False)
    assert "".join(keys(project).values()) == "123456789abcde"


def test_the_owner_names_keys_and_the_rest_go_round_them(alice: User) -> None:
    project = make_project(alice, classes=[ClassDraft("cat"), ClassDraft("dog", "1")], with_unsure=False)
    assert keys(project) == {"cat": "2", "dog": "1"}


@pytest.mark.parametrize(
    ("classes", "field", "reason"),
    [
        (["cat"], "classes", "at least two classes"),
        (["cat", " "], "classes", "a class needs a name"),
        (["cat", "Cat "], "classes", "“Cat” is there twice"),
        (["cat", "x" * 81], "classes", "longer than 80"),
        ([f"c{number}" for number in range(len(KEYS) + 1)], "classes", "keys are free"),
        ([ClassDraft("cat", "z"), ClassDraft("dog")], "keys", "keeps “z” for itself"),
        ([ClassDraft("cat", "S"), ClassDraft("dog")], "keys", "keeps “s” for itself"),
        ([ClassDraft("cat", "a"), ClassDraft("dog", "A")], "keys", "two classes have the key “a”"),
        ([ClassDraft("cat", "ab"), ClassDraft("dog")], "keys", "not one character"),
    ],
)
@pytest.mark.parametrize("mode", ["choose", "confirm"])
def test_classes_that_cannot_be_told_apart_are_refused(
    alice: User, classes: list[str], field: str, reason: str, mode: str
) -> None:
    with pytest.raises(BadInput, match=reason) as refusal:
        make_project(alice, classes=classes, mode=mode, with_none=True)
    assert refusal.value.field == field
    assert not Project.objects.exists()


@pytest.mark.parametrize(
    ("settings", "field"),
    [
        ({"target": 0.5}, "target"),
        ({"blind_share": 1.5}, "blind_share"),
        ({"heldout_share": 0.6}, "heldout_share"),
        ({"answer_limit": 0}, "answer_limit"),
        ({"mode": "guess"}, "mode"),
        ({"name": "  "}, "name"),
        ({"question": ""}, "question"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_settings_out_of_range_are_refused_by_field(alice: User, settings: dict[str, Any], field: str) -> None:
    with pytest.raises(BadInput) as refusal:
        make_project(alice, **settings)
    assert refusal.value.field == field


def test_two_projects_of_one_name_get_addresses_of_their_own(alice: User) -> None:
    assert [make_project(alice).slug for _ in range(2)] == ["pets", "pets-2"]
    assert make_project(alice, name="動物").slug == "project"
    with pytest.raises(Conflict):
        make_project(alice, slug="pets")
