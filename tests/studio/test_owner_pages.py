"""The owner's overview, hours and histories: what they show, and to whom."""

import csv
import io
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from labeling.annotations.models import Annotation
from labeling.assignments.models import Lease
from labeling.projects.models import Label, Project
from tests.factories import add, make_items, make_project
from tests.work.people import Annotator

pytestmark = pytest.mark.django_db


@pytest.fixture
def project(alice: User, bob: User) -> Project:
    made = make_project(alice, heldout_share=0.0)
    add(made, bob)
    return made


@pytest.fixture
def answered(project: Project, bob: User) -> Project:
    """Three answers of two seconds, one of an hour (a pause), and one of them taken back."""
    make_items(project, 6)
    annotator = Annotator(bob, project)
    cat = Label.objects.get(project=project, name="cat").pk
    for milliseconds in (2000, 2000, 2000, 3_600_000):
        [lease] = annotator.claim()
        granted = timezone.now() - timedelta(milliseconds=milliseconds)
        Lease.objects.filter(pk=lease["id"]).update(claimed_at=granted)
        annotator.answer(lease, cat, milliseconds=milliseconds)
    annotator.post("undo", {"key": str(Annotation.objects.latest("id").key)})
    return project


def owner(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def test_overview_counts_what_there_is(answered: Project, alice: User) -> None:
    told = owner(alice).get(f"/api/v1/projects/{answered.slug}/overview").json()
    assert told["progress"]["items"] == 6
    assert told["cost"]["answers"] == 3
    assert told["cost"]["taken_back"] == 1
    assert told["trust"]["alpha"] is None
    page = owner(alice).get(f"/p/{answered.slug}/")
    assert page.status_code == 200
    assert b"of 6 verified" in page.content


def test_overview_names_the_first_step_that_applies(project: Project, alice: User) -> None:
    assert b"Add items" in owner(alice).get(f"/p/{project.slug}/").content
    make_items(project, 2)
    assert b"still want an answer" in owner(alice).get(f"/p/{project.slug}/").content
    project.members.filter(role="annotator").update(removed_at="2026-01-01T00:00:00Z")
    assert b"Invite people" in owner(alice).get(f"/p/{project.slug}/").content


def test_hours_count_a_pause_as_two_minutes(answered: Project, alice: User) -> None:
    rows = owner(alice).get(f"/api/v1/projects/{answered.slug}/hours").json()
    bob = next(row for row in rows if row["name"] == "bob")
    assert (bob["answers"], bob["taken_back"], bob["seconds"], bob["median_seconds"]) == (3, 1, 126.0, 2.0)


def test_hours_as_csv_and_by_day(answered: Project, alice: User) -> None:
    client = owner(alice)
    text = client.get(f"/p/{answered.slug}/hours?format=csv").content.decode()
    rows = list(csv.DictReader(io.StringIO(text)))
    assert {row["name"]: row["answers"] for row in rows} == {"alice": "0", "bob": "3"}
    past = client.get(f"/api/v1/projects/{answered.slug}/hours?first=2020-01-01&last=2020-01-31").json()
    assert all(row["answers"] == 0 for row in past)
    bad = client.get(f"/api/v1/projects/{answered.slug}/hours?first=yesterday")
    assert (bad.status_code, bad.json()["field"]) == (400, "first")
    swapped = client.get(f"/api/v1/projects/{answered.slug}/hours?first=2020-02-01&last=2020-01-01")
    assert (swapped.status_code, swapped.json()["field"]) == (400, "last")


def test_history_shows_each_answer_also_one_taken_back(answered: Project, alice: User) -> None:
    item = Annotation.objects.filter(retraction__isnull=False).get().item_id
    page = owner(alice).get(f"/p/{answered.slug}/items/{item}/history").content
    assert b"taken back" in page
    assert b"bob" in page


def test_annotators_and_outsiders_see_none_of_it(answered: Project, bob: User, charlie: User) -> None:
    item = Annotation.objects.latest("id").item_id
    for path in ("", "hours", f"items/{item}/history"):
        assert owner(bob).get(f"/p/{answered.slug}/{path}").status_code == 403
        assert owner(charlie).get(f"/p/{answered.slug}/{path}").status_code == 404
        assert Client().get(f"/p/{answered.slug}/{path}").status_code == 302
    for path in ("overview", "hours"):
        assert owner(charlie).get(f"/api/v1/projects/{answered.slug}/{path}").status_code == 404


def test_name_that_looks_like_a_formula_is_guarded(project: Project, alice: User) -> None:
    add(project, User.objects.create_user("+cmd"))
    assert "'+cmd" in owner(alice).get(f"/p/{project.slug}/hours?format=csv").content.decode()
