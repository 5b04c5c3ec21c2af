"""A whole project read as arrays says what its items say one by one."""

import uuid
from datetime import datetime
from typing import Any

import numpy as np
import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from labeling.annotations.models import Annotation
from labeling.assignments.models import Gold, GoldSource, Lease
from labeling.consensus.evidence import Yardstick, as_indices, counting, model_opinion, told, yardstick
from labeling.consensus.whole import imported_of_all, opinion_of_all, places, symbols, told_of_all
from labeling.guidelines.reads import current
from labeling.items.models import Item, SupposedLabel
from labeling.projects.models import Label, Project
from labeling.projects.reads import true_label_ids
from labeling.registry.models import ModelState, ModelVersion
from labeling.suggestions.models import Suggestion
from ml.truth.tally import assumed
from tests.factories import add, make_items, make_project, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def project(alice: User) -> Project:
    made = make_project(alice, heldout_share=0.0)
    for name in ("dora", "eve", "fay"):
        add(made, make_user(name))
    return made


def said(item: Item, user: User, label: Label | None, rejected: Label | None = None, **more: Any) -> Annotation:
    """An answer as it lies in the table."""
    now: datetime = timezone.now()
    lease = Lease.objects.create(
        project=item.project, item=item, user=user, arm=more.pop("arm", "blind"), arm_probability=1.0,
        suggestion=more.get("suggestion"), guideline_version=current(item.project), claimed_at=now, expires_at=now,
        closed_at=now, state="answered", settles=more.pop("settles", False),
    )  # fmt: skip
    return Annotation.objects.create(
        project=item.project, item=item, user=user, lease=lease, attempt=1, label=label, rejected=rejected,
        key=uuid.uuid4(), arm=lease.arm, arm_probability=1.0, guideline_version=lease.guideline_version,
        milliseconds=900, answered_at=now, stored_at=now, **more,
    )  # fmt: skip


def fill(project: Project) -> list[Item]:
    """Answers of every kind: named, not sure, rejected, to a class retired since, in view of a suggestion, settling."""
    items = make_items(project, 6, heldout=1)
    people = [member.user for member in project.members.filter(role="annotator").order_by("-user_id")]
    names = {label.name: label for label in Label.objects.filter(project=project)}
    ids = true_label_ids(project)
    version = ModelVersion.objects.create(
        project=project, number=1, state=ModelState.PROMOTED, recipe={}, artefact="", label_ids=ids[1:]
    )
    shares = [(place + 1) / sum(range(len(ids))) for place in range(len(ids) - 1)]
    seen = [
        Suggestion.objects.create(
            item=item, model_version=version, label=names["dog"], confidence=0.5, out_of_fold=True,
            probabilities=shares[place:] + shares[:place],
        )
        for place, item in enumerate(items[:2])
    ]  # fmt: skip
    for item, label in ((items[3], "cat"), (items[3], "dog")):
        SupposedLabel.objects.create(item=item, label=names[label], source=label)
    said(items[1], people[0], names["dog"], suggestion=seen[1], arm="suggested")
    said(items[0], people[1], names["cat"])
    said(items[1], people[2], None, names["dog"], suggestion=seen[1], arm="suggested")
    said(items[3], people[0], names["Not sure"])
    said(items[3], people[1], names["dog"], settles=True)
    Gold.objects.create(
        project=project, item=items[4], label=names["cat"], source=GoldSource.OWNER, author=people[0],
        created_at=timezone.now(),
    )  # fmt: skip
    return items


def test_arrays_of_all_say_what_is_said_of_each_item(project: Project) -> None:
    items = fill(project)
    stick = yardstick(project)
    whole = told_of_all(project, stick)
    each = told(project, stick, whole.item_ids)
    assert whole.item_ids == sorted(items[place].pk for place in (0, 1, 3, 4))
    for name in ("item", "person", "symbol", "shown"):
        assert getattr(whole.answers, name).tolist() == getattr(each.answers, name).tolist(), name
    assert whole.answers.n_people == each.answers.n_people
    assert (whole.user_ids.tolist(), whole.settling.tolist()) == (each.user_ids.tolist(), each.settling.tolist())
    assert (whole.counted.tolist(), whole.settled) == (each.counted.tolist(), each.settled)
    assert len(whole.answers) == counting(project).count() == 5


def test_symbols_of_many_answers_are_those_of_each() -> None:
    stick, unsure = Yardstick(None, assumed(3, 7), (5, 9, 7), {}), frozenset({3, 4})
    said = [(label, rejected) for label in (0, 3, 4, 5, 6, 7, 9) for rejected in (0, 5, 6, 9)]  # 6 is retired
    table = np.array(said)
    found = symbols(stick, table[:, 0], table[:, 1], unsure)
    each = [stick.symbol(label or None, rejected or None, unsure) for label, rejected in said]
    assert found.tolist() == [-1 if symbol is None else symbol for symbol in each]


def test_other_witnesses_of_all_are_those_of_each_item(project: Project) -> None:
    items = fill(project)
    stick, ids = yardstick(project), [item.pk for item in items]
    heldout = {item.pk for item in items if item.heldout}
    one, everything = model_opinion(project, stick, ids, heldout), opinion_of_all(project, stick, ids)
    assert one is not None
    assert everything is not None
    np.testing.assert_array_equal(one, everything)
    last = dict(SupposedLabel.objects.filter(item__heldout=False).order_by("id").values_list("item_id", "label_id"))
    assert imported_of_all(project, stick, ids).tolist() == as_indices(stick, ids, last).tolist()
    assert opinion_of_all(Project(pk=project.pk, model_helps=False), stick, ids) is None


def test_project_without_answers_has_arrays_of_none(project: Project) -> None:
    whole = told_of_all(project, yardstick(project))
    assert (whole.item_ids, len(whole.answers), whole.settled) == ([], 0, {})


def test_places_of_values_among_known_ones() -> None:
    assert places(np.array([7, 3, 5, 9]), [5, 9, 3]).tolist() == [-1, 2, 0, 1]
    assert places(np.array([7]), []).tolist() == [-1]
