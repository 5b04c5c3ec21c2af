"""The page of quality: agreement, calibration, and what an owner does about them."""

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from labeling.assignments.models import QueueEntry
from labeling.consensus.actions import refit
from labeling.consensus.models import Consensus, Verdict
from labeling.consensus.quality import calibration, quality
from labeling.consensus.reads import in_company
from labeling.items.models import Item
from labeling.projects.models import Label, Member, Project
from tests.factories import make_project
from tests.looks import Visit, chromium, look, visit
from tests.work.people import Annotator
from tests.work.test_review import disputed_project, review

__all__ = ["chromium", "visit"]


def judged_project(owner: User) -> tuple[Project, list[Item]]:
    """Six items that bob and dora dispute, of which the owner decides five as dora would."""
    project, items = disputed_project(owner, 6)
    expert, dog = Annotator(owner, project), Label.objects.get(project=project, name="dog").pk
    for lease in review(owner, project, 5)["leases"]:
        assert expert.answer(lease, dog)["status"] == "stored"
    return project, items


def client(user: User) -> Client:
    made = Client()
    made.force_login(user)
    return made


@pytest.mark.django_db
def test_agreement_by_project_class_person_and_pair(alice: User, bob: User) -> None:
    project, _ = disputed_project(alice, 6)
    told = quality(project)
    assert told.alpha.n_items == 6
    assert told.alpha.low <= told.alpha.value <= told.alpha.high
    assert told.alpha.value < 0
    assert {row.name: row.share for row in told.people} == {"bob": 0.0, "dora": 0.0}
    assert all(row.low - 1e-9 <= row.share <= row.high and row.effect == 6 for row in told.people)
    assert [(row.first, row.second, row.kappa.n_items) for row in told.pairs] == [("bob", "dora", 6)]
    assert {row.name: (row.share, row.answers) for row in told.classes} == {"cat": (0.0, 6), "dog": (0.0, 6)}


@pytest.mark.django_db
def test_agreement_of_many_items_is_looked_at_on_some_drawn_once_for_all(alice: User) -> None:
    project, items = disputed_project(alice, 6)
    some = in_company(project, 3)
    assert len(some) == 3
    assert some == in_company(project, 3)
    assert set(some) < {item.pk for item in items} == set(in_company(project))
    Consensus.objects.filter(item__in=some).update(answers=1)
    assert not set(some) & set(in_company(project))


@pytest.mark.django_db
def test_calibration_is_held_against_decisions_that_it_has_not_heard(alice: User, bob: User) -> None:
    project, _ = judged_project(alice)
    refit(project=project)
    told = calibration(project)
    assert told.judged.n == 5
    assert sum(row.n for row in told.bins) == 5
    assert (told.disputes.n, told.gold.n) == (5, 0)
    assert told.agreement.n == 6
    assert told.judged.real_low <= told.judged.real <= told.judged.real_high
    assert (told.verified, told.stated > 0.5) == (5, True)
    assert len(told.wrong_ids) == round(5 * (1 - told.judged.real))


@pytest.mark.django_db
def test_empty_project_says_that_nothing_can_be_told_yet(alice: User) -> None:
    project = make_project(alice)
    shown = client(alice).get(f"/p/{project.slug}/quality").content.decode()
    assert "Nobody has answered yet" in shown
    assert "Nothing can be judged yet" in shown
    told = client(alice).get(f"/api/v1/projects/{project.slug}/quality").json()
    assert (told["alpha"]["value"], told["people"], told["stated_precision"]) == (None, [], None)


@pytest.mark.django_db
def test_owner_discounts_and_restores_on_the_page(alice: User, bob: User) -> None:
    project, items = disputed_project(alice, 2)
    page = f"/p/{project.slug}/quality"
    assert "Discount: 2 items weighed anew" in client(alice).get(page).content.decode()
    shown = client(alice).post(f"{page}/{bob.pk}/discount", follow=True).content.decode()
    assert "The answers of bob weigh nothing now" in shown
    assert "Let 2 items weigh again" in shown
    assert Consensus.objects.filter(answers=1).count() == 2
    client(alice).post(f"{page}/{bob.pk}/restore")
    assert Consensus.objects.filter(answers=2).count() == len(items)
    assert Member.objects.get(project=project, user=bob).discounted_at is None


@pytest.mark.django_db
def test_owner_hands_items_out_again_by_kind_person_and_one_by_one(alice: User, bob: User) -> None:
    project, items = disputed_project(alice, 2)
    page, history = f"/p/{project.slug}/quality/requeue", f"/p/{project.slug}/items/{items[0].pk}/history"
    assert "Ask once more" in client(alice).get(history).content.decode()
    shown = client(alice).post(page, {"item": items[0].pk}, follow=True).content.decode()
    assert "1 item is asked once more" in shown
    assert QueueEntry.objects.exclude(wanted_again_at=None).count() == 1
    assert "1 item is asked" in client(alice).post(page, {"which": "disputed"}, follow=True).content.decode()
    assert "2 items are asked" in client(alice).post(page, {"person": bob.pk}, follow=True).content.decode()
    assert Consensus.objects.filter(verdict=Verdict.OPEN).count() == 2
    bad: dict[str, Any]
    for bad in ({}, {"which": "all"}, {"item": "x"}, {"item": 10**15}):
        shown = client(alice).post(page, bad, follow=True).content.decode()
        assert "asked once more" not in shown.split("<main")[1].split("<section")[0]


@pytest.mark.django_db
def test_others_see_and_do_none_of_it(alice: User, bob: User, charlie: User) -> None:
    project, items = disputed_project(alice, 1)
    page = f"/p/{project.slug}/quality"
    for user, status in ((bob, 403), (charlie, 404)):
        assert client(user).get(page).status_code == status
        assert client(user).get(f"/api/v1/projects/{project.slug}/quality").status_code == status
        for what in ("requeue", f"{bob.pk}/discount", f"{bob.pk}/restore"):
            assert client(user).post(f"{page}/{what}", {"item": items[0].pk}).status_code == status
    assert client(alice).get(f"{page}/requeue").status_code == 405
    assert client(alice).post(f"{page}/{charlie.pk}/discount").status_code == 404


@pytest.mark.django_db(transaction=True)
def test_page_looks_right(visit: Visit, alice: User, bob: User) -> None:
    project, items = judged_project(alice)
    refit(project=project)
    page = visit(f"/p/{project.slug}/quality", alice)
    look(page, "quality")
    look(visit(f"/p/{project.slug}/items/{items[0].pk}/history", alice), "history-again")
    look(visit(f"/p/{make_project(alice, name='Fresh').slug}/quality", alice), "quality-empty")
