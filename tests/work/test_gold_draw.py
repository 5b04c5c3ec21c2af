"""Items drawn for gold: by chance, never one held out or known already, for those who may know."""

from collections import Counter

import pytest
from django.contrib.auth.models import User
from django.test import Client

from labeling.assignments.actions import admit_ready
from labeling.items.models import Item, ItemState
from labeling.projects.models import Label, Project
from labeling.work.actions import add_gold
from labeling.work.reads import drawn_for_gold
from tests.factories import add, make_items, make_project

pytestmark = pytest.mark.django_db
DRAWS = 300


@pytest.fixture
def project(alice: User) -> Project:
    return make_project(alice)


def test_each_free_item_is_as_likely_as_the_others(project: Project, alice: User) -> None:
    items = make_items(project, 8, heldout=2)
    admit_ready(project=project)
    Item.objects.filter(pk=items[2].pk).update(state=ItemState.FAULTY)
    cat = Label.objects.get(project=project, name="cat")
    add_gold(actor=alice, project=project, item_id=items[3].pk, label_id=cat.pk)
    times = Counter(drawn_for_gold(project) for _ in range(DRAWS))
    assert set(times) == set(items[4:])
    # A quarter of 300 draws: fewer than 35 or more than 115 of one comes about once in a million runs.
    assert all(34 < drawn < 116 for drawn in times.values())


def test_items_far_apart_among_other_projects_are_found(project: Project, alice: User) -> None:
    items = make_items(project, 2000)
    other = make_project(alice, name="Other")
    Item.objects.filter(pk__in=[item.pk for item in items[1:-1]]).update(project=other)
    assert {drawn_for_gold(project) for _ in range(40)} == {items[0], items[-1]}


def test_an_empty_project_has_none(project: Project) -> None:
    assert drawn_for_gold(project) is None


def test_annotators_and_outsiders_draw_nothing(project: Project, bob: User, client: Client) -> None:
    make_items(project, 1)
    client.force_login(bob)
    paths = [f"/p/{project.slug}/gold/draw", f"/api/v1/projects/{project.slug}/gold/draw"]
    assert [client.get(path).status_code for path in paths] == [404, 404]
    add(project, bob)
    assert [client.get(path).status_code for path in paths] == [403, 403]
