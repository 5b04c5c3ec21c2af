"""Audience fit: the panel's sample, groups by what people say of themselves, and what nobody else is shown."""

from typing import Any
from uuid import uuid4

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from labeling.annotations.actions import Answer
from labeling.annotations.models import Annotation
from labeling.assignments.actions import claim
from labeling.errors import BadInput, NotFound
from labeling.projects.models import Project
from labeling.reports.actions import (
    answer_as_panel,
    declare,
    draw_sample,
    remove_attribute,
    set_attribute,
    take_back,
)
from labeling.reports.audience import FEWEST_PEOPLE, fit
from labeling.reports.models import Attribute, Declaration, PanelAnswer, PanelItem
from labeling.work.actions import submit
from tests.factories import add, make_items, make_project

ITEMS = 24


@pytest.fixture
def project(alice: User) -> Project:
    made = make_project(alice, target=0.99, answer_limit=20, heldout_answers=20, heldout_share=0.0)
    make_items(made, ITEMS, heldout=ITEMS)  # held-out items want every answer
    return made


def answers(project: Project, user: User, name: str) -> None:
    """Give every item the same label."""
    label = project.labels.get(name=name)
    leases = claim(actor=user, project=project, count=ITEMS)
    rows = [Answer(lease.pk, uuid4(), label.pk, None, 900, timezone.now()) for lease in leases]
    assert all(result.annotation for result in submit(actor=user, project=project, answers=rows))


def crowd(project: Project, person: Any, sizes: dict[str, int]) -> dict[str, list[User]]:
    """Members by group, all there before the first of them answers: so each item wants an answer of each."""
    made = {name: [person(f"{name}{number}") for number in range(size)] for name, size in sizes.items()}
    for users in made.values():
        for user in users:
            add(project, user)
    return made


def group(project: Project, users: list[User], said: str, attribute: Attribute, value: str) -> None:
    for user in users:
        answers(project, user, said)
        declare(actor=user, project=project, attribute_id=attribute.pk, value=value)


def panel(project: Project, alice: User, person: Any) -> None:
    expert = person("expert")
    add(project, expert, "expert")
    draw_sample(actor=alice, project=project, count=ITEMS)
    cat = project.labels.get(name="cat").pk
    for row in PanelItem.objects.all():
        for user in (alice, expert):
            answer_as_panel(actor=user, project=project, panel_item_id=row.pk, label_id=cat)


def test_a_group_that_sees_things_otherwise_is_told_with_what_it_says_instead(
    alice: User, person: Any, project: Project
) -> None:
    age = set_attribute(actor=alice, project=project, name="Age", choices=["young", "old"])
    people = crowd(project, person, {"young": FEWEST_PEOPLE, "old": FEWEST_PEOPLE})
    group(project, people["young"], "dog", age, "young")
    group(project, people["old"], "cat", age, "old")
    before = Annotation.objects.count()
    panel(project, alice, person)
    found = {row.value: row for row in fit(project).groups}
    assert found["young"].overall.value == pytest.approx(1.0)
    assert found["young"].overall.differs
    assert (found["young"].classes[0].name, found["young"].classes[0].instead) == ("cat", "dog")
    assert found["old"].overall.value == pytest.approx(0.0)
    assert not found["old"].overall.differs
    assert found[""].overall.value == pytest.approx(0.5)
    assert Annotation.objects.count() == before, "the panel's answers weigh nothing"


def test_small_groups_are_not_shown(client: Client, alice: User, person: Any, project: Project) -> None:
    age = set_attribute(actor=alice, project=project, name="Age", choices=["young", "old"])
    people = crowd(project, person, {"young": FEWEST_PEOPLE - 1})
    group(project, people["young"], "dog", age, "young")
    panel(project, alice, person)
    found = fit(project)
    assert ([row.value for row in found.groups], found.suppressed) == ([""], 1)
    client.force_login(alice)
    page = client.get(f"/p/{project.slug}/audience").content.decode()
    assert "Age: young" not in page
    assert "1 group of fewer than 5 people is not shown" in page


def test_what_one_person_says_is_shown_to_nobody_else(
    client: Client, alice: User, bob: User, person: Any, project: Project
) -> None:
    age = set_attribute(actor=alice, project=project, name="Age", choices=["between-ages", "old"])
    add(project, bob)
    declare(actor=bob, project=project, attribute_id=age.pk, value="between-ages")
    client.force_login(alice)
    for page in ("people", "quality", "hours", "guideline", "rules", "questions"):
        assert "between-ages" not in client.get(f"/p/{project.slug}/{page}").content.decode()
    for call in ("members", "standings", "", "export"):
        assert b"between-ages" not in client.get(f"/api/v1/projects/{project.slug}/{call}").content
    mine = client.get(f"/p/{project.slug}/about-me").content.decode()
    assert "<option selected>" not in mine, "alice's own page says nothing of bob"
    client.force_login(bob)
    address = f"/p/{project.slug}/about-me"
    assert "<option selected>between-ages</option>" in client.get(address).content.decode()
    client.post(address, {f"attribute-{age.pk}": ""})
    assert not Declaration.objects.exists()
    assert client.get(f"/p/{project.slug}/audience").status_code == 403
    assert client.get(f"/p/{project.slug}/panel").status_code == 403


def test_it_is_not_in_the_admin_or_the_record(alice: User, bob: User, admin_client: Client, project: Project) -> None:
    age = set_attribute(actor=alice, project=project, name="Age", choices=["between-ages", "old"])
    add(project, bob)
    declare(actor=bob, project=project, attribute_id=age.pk, value="between-ages")
    assert admin_client.get("/admin/labeling/declaration/").status_code == 404
    assert "Age" in admin_client.get("/admin/labeling/attribute/").content.decode()
    assert b"between-ages" not in admin_client.get("/admin/labeling/event/").content
    take_back(actor=bob, project=project, attribute_id=age.pk)
    remove_attribute(actor=alice, project=project, attribute_id=age.pk)
    assert not Attribute.objects.exists()


def test_bad_input_and_things_done_twice(alice: User, bob: User, project: Project) -> None:
    add(project, bob)
    answers(project, bob, "cat")
    for name, choices in (("", ["a", "b"]), ("Age", ["one"]), ("Age", ["x" * 81, "b"])):
        with pytest.raises(BadInput):
            set_attribute(actor=alice, project=project, name=name, choices=choices)
    age = set_attribute(actor=alice, project=project, name="Age", choices=["young", "old"])
    with pytest.raises(BadInput):
        declare(actor=bob, project=project, attribute_id=age.pk, value="ancient")
    declare(actor=bob, project=project, attribute_id=age.pk, value="old")
    set_attribute(actor=alice, project=project, name="Age", choices=["young", "grown"])
    assert not Declaration.objects.exists(), "what no longer fits is forgotten"
    with pytest.raises(NotFound):
        declare(actor=bob, project=make_project(alice), attribute_id=age.pk, value="young")
    with pytest.raises(BadInput):
        draw_sample(actor=alice, project=project, count=0)
    assert draw_sample(actor=alice, project=project, count=5) == 5
    assert draw_sample(actor=alice, project=project, count=5) == 0
    row = PanelItem.objects.order_by("pk")[0]
    cat, dog = (project.labels.get(name=name).pk for name in ("cat", "dog"))
    answer_as_panel(actor=alice, project=project, panel_item_id=row.pk, label_id=cat)
    answer_as_panel(actor=alice, project=project, panel_item_id=row.pk, label_id=dog)
    assert PanelAnswer.objects.get().label_id == cat
    with pytest.raises(NotFound):
        answer_as_panel(actor=alice, project=make_project(alice), panel_item_id=row.pk, label_id=cat)


def test_the_panels_page(client: Client, alice: User, bob: User, project: Project) -> None:
    add(project, bob)
    answers(project, bob, "cat")
    client.force_login(alice)
    client.post(f"/p/{project.slug}/audience/draw", {"count": "1"})
    address = f"/p/{project.slug}/panel"
    assert "1 item left" in client.get(address).content.decode()
    row = PanelItem.objects.get()
    client.post(address, {"panel_item": row.pk, "label": project.labels.get(name="dog").pk})
    assert PanelAnswer.objects.get().user == alice
    assert "Nothing left for you" in client.get(address).content.decode()
    assert "no such item" in client.post(address, {"panel_item": "x"}, follow=True).content.decode()
