"""The next version while it is written: saved, published, thrown away, taken back; two owners at once."""

from typing import Any

import pytest
from django.contrib.auth.models import User

from labeling.errors import BadInput, Conflict
from labeling.guidelines.actions import (
    EditedMeanwhile,
    What,
    add_example,
    change_examples,
    discard_draft,
    edit,
    publish_draft,
    save_draft,
    withdraw,
)
from labeling.guidelines.models import Draft
from labeling.guidelines.reads import current, draft
from labeling.projects.classes import ClassDraft
from labeling.projects.models import Project
from labeling.projects.reads import active_labels
from tests.factories import make_items, make_project


@pytest.fixture
def project(alice: User) -> Project:
    return make_project(alice)


def save(actor: User, project: Project, **changes: Any) -> Draft:
    """The draft as it stands, saved with changes."""
    now = draft(project)
    given: dict[str, Any] = {
        "base_number": now.base.number, "revision": now.revision, "question": now.question, "text": now.text,
        "classes": [ClassDraft(**one) for one in now.classes], "with_none": now.with_none,
        "with_unsure": now.with_unsure, "change": now.change,
    }  # fmt: skip
    return save_draft(actor=actor, project=project, **given | changes)


def test_a_draft_tells_nobody_until_it_is_published(alice: User, project: Project) -> None:
    fox = [*(ClassDraft(**one) for one in draft(project).classes), ClassDraft("fox")]
    saved = save(alice, project, text="By the tail.", classes=fox, change="Tails")
    assert (current(project).number, current(project).text) == (1, "Look at the ears.")
    assert [label.name for label in active_labels(project)] == ["cat", "dog", "Not sure"]
    version = publish_draft(actor=alice, project=project, revision=saved.revision)
    assert (version.number, version.text, version.change) == (2, "By the tail.", "Tails")
    assert [label.name for label in active_labels(project)] == ["cat", "dog", "fox", "Not sure"]
    assert draft(project).revision == 0
    with pytest.raises(Conflict):
        publish_draft(actor=alice, project=project, revision=saved.revision)


def test_of_two_owners_the_later_sees_the_earlier_ones_words(alice: User, bob: User, project: Project) -> None:
    save(alice, project, text="By alice.")
    with pytest.raises(EditedMeanwhile) as refusal:
        save(bob, project, text="By bob.", revision=0)
    assert refusal.value.problem()["text"] == "By alice."
    assert save(bob, project, text="By both.").revision == 2
    with pytest.raises(EditedMeanwhile):
        publish_draft(actor=alice, project=project, revision=1)
    assert current(project).number == 1


def test_the_same_draft_saved_twice_is_saved_once(alice: User, project: Project) -> None:
    first = save(alice, project, text="New.", revision=0)
    assert save(alice, project, text="New.", revision=0).revision == first.revision == 1


def test_a_draft_upon_an_older_version_is_neither_saved_nor_published(
    alice: User, bob: User, project: Project
) -> None:
    saved = save(alice, project, text="By alice.")
    edit(actor=bob, project=project, base_number=1, text="By bob.")
    with pytest.raises(EditedMeanwhile) as refusal:
        publish_draft(actor=alice, project=project, revision=saved.revision)
    assert refusal.value.newest.text == "By bob."
    with pytest.raises(EditedMeanwhile):
        save(alice, project, text="More by alice.")
    save(alice, project, text="By both.", base_number=2)
    assert publish_draft(actor=alice, project=project, revision=2).text == "By both."


def test_examples_are_added_to_whatever_draft_there_is(alice: User, bob: User, project: Project) -> None:
    cat = project.labels.get(name="cat").pk
    rows = [
        add_example(actor=alice, project=project, item_id=item.pk, label_id=cat, fits=True)
        for item in make_items(project, 2)
    ]
    change_examples(actor=alice, project=project, change=lambda ids: [*ids, rows[0].pk])
    save(bob, project, text="By bob.")
    change_examples(actor=alice, project=project, change=lambda ids: [*ids, rows[1].pk])
    now = draft(project)
    assert (now.text, now.example_ids) == ("By bob.", [row.pk for row in rows])
    change_examples(actor=alice, project=project, change=lambda ids: [pk for pk in ids if pk != rows[0].pk])
    assert publish_draft(actor=alice, project=project, revision=4).example_ids == [rows[1].pk]


def test_a_draft_is_thrown_away_only_as_it_was_seen(alice: User, bob: User, project: Project) -> None:
    save(alice, project, text="By alice.")
    save(bob, project, text="By bob.")
    with pytest.raises(EditedMeanwhile):
        discard_draft(actor=alice, project=project, revision=1)
    discard_draft(actor=alice, project=project, revision=2)
    discard_draft(actor=alice, project=project, revision=2)
    assert draft(project).text == "Look at the ears."


def test_taking_a_version_back_says_again_what_stood_before(alice: User, project: Project) -> None:
    classes = [ClassDraft(**one) for one in draft(project).classes]
    edit(actor=alice, project=project, base_number=1, text="Tails.", classes=[*classes, ClassDraft("fox")])
    back = withdraw(actor=alice, project=project, number=2, change="Tails mislead")
    assert (back.number, back.text, back.withdraws and back.withdraws.number) == (3, "Look at the ears.", 2)
    assert [label.name for label in active_labels(project)] == ["cat", "dog", "Not sure"]
    assert withdraw(actor=alice, project=project, number=2) == back
    again = withdraw(actor=alice, project=project, number=3)
    assert (again.text, [label.name for label in active_labels(project)][2]) == ("Tails.", "fox")


def test_the_first_version_and_one_that_no_longer_holds_cannot_be_taken_back(alice: User, project: Project) -> None:
    with pytest.raises(Conflict):
        withdraw(actor=alice, project=project, number=1)
    edit(actor=alice, project=project, base_number=1, text="Two.")
    edit(actor=alice, project=project, base_number=2, text="Three.")
    with pytest.raises(Conflict):
        withdraw(actor=alice, project=project, number=2)


@pytest.mark.parametrize("what", [What("some"), What("classes"), What("all", (1,)), What("classes", (10**9,))])
def test_what_changed_must_be_said_clearly(alice: User, project: Project, what: What) -> None:
    with pytest.raises(BadInput):
        edit(actor=alice, project=project, base_number=1, text="New.", what=what)
    assert current(project).number == 1
