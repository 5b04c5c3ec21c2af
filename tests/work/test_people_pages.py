"""The pages of gold and rules: whom they let in, and what they change for the next claim."""

from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from labeling.annotations import reads
from labeling.annotations.actions import judge
from labeling.annotations.models import Rule
from labeling.annotations.reads import feedback
from labeling.assignments.actions import admit_ready, claim, set_trust
from labeling.assignments.models import Gold, Lease
from labeling.projects.models import Label, Project
from tests.assignments.test_gold import answer, make_gold
from tests.factories import add, make_items, make_project, make_user
from tests.work.people import Annotator

pytestmark = pytest.mark.django_db


@pytest.fixture
def project(alice: User, bob: User) -> Project:
    made = make_project(alice, heldout_share=0.0)
    add(made, bob)
    make_items(made, 40)
    admit_ready(project=made)
    return made


def client(user: User) -> Client:
    made = Client()
    made.force_login(user)
    return made


def cat(project: Project) -> int:
    return Label.objects.get(project=project, name="cat").pk


def test_pages_are_shown_to_those_whom_they_concern(project: Project, alice: User, bob: User, charlie: User) -> None:
    dora = make_user("dora")
    add(project, dora, "expert")
    statuses = {"gold": (200, 200, 403, 404), "rules": (200, 403, 403, 404)}
    for page, expected in statuses.items():
        got = tuple(client(who).get(f"/p/{project.slug}/{page}").status_code for who in (alice, dora, bob, charlie))
        assert got == expected
    for path in ("gold/add", "rules/change", "rules/remove", f"rules/people/{bob.pk}"):
        assert client(charlie).post(f"/p/{project.slug}/{path}").status_code == 404
        assert client(bob).post(f"/p/{project.slug}/{path}").status_code == 403
        assert client(alice).get(f"/p/{project.slug}/{path}").status_code == 405


def test_gold_is_added_from_an_items_history_and_retired(project: Project, alice: User) -> None:
    item = project.items.first()
    assert item is not None
    back = f"/p/{project.slug}/items/{item.pk}/history"
    page = client(alice)
    assert b"Use as gold" in page.get(back).content
    body = {"item_id": item.pk, "label_id": cat(project), "back": back}
    assert page.post(f"/p/{project.slug}/gold/add", body).headers["Location"] == back
    assert b"All gold" in page.get(back).content
    elsewhere = page.post(f"/p/{project.slug}/gold/add", body | {"back": "https://example.org/"})
    assert elsewhere.headers["Location"] == f"/p/{project.slug}/gold"
    gold = Gold.objects.get()
    assert item.name.encode() in page.get(f"/p/{project.slug}/gold").content
    page.post(f"/p/{project.slug}/gold/{gold.pk}/retire")
    gold.refresh_from_db()
    assert gold.retired_at is not None
    wrong = page.post(f"/p/{project.slug}/gold/add", {"item_id": "x"}, follow=True)
    assert b"Choose an item" in wrong.content


def test_what_people_agreed_on_can_be_promoted(project: Project, alice: User, bob: User) -> None:
    dora = make_user("dora")
    add(project, dora)
    for person in (bob, dora):
        answer(person, project, claim(actor=person, project=project, count=40), cat(project))
    page = client(alice)
    assert b"Promote<span" in page.get(f"/p/{project.slug}/gold").content
    item = project.items.first()
    assert item is not None
    page.post(f"/p/{project.slug}/gold/add", {"item_id": item.pk, "label_id": cat(project), "source": "consensus"})
    assert Gold.objects.get().source == "consensus"


def test_owner_pauses_and_lifts_and_the_next_claim_follows(project: Project, alice: User, bob: User) -> None:
    page, annotator = client(alice), Annotator(bob, project)
    page.post(f"/p/{project.slug}/rules/people/{bob.pk}", {"act": "pause", "reason": "Read the guideline, please."})
    assert annotator.post("claim", {"count": 1}).json()["reason"] == "Read the guideline, please."
    assert b"Read the guideline, please." in page.get(f"/p/{project.slug}/rules").content
    told = page.post(f"/p/{project.slug}/rules/people/{bob.pk}", {"act": "quiz"}, follow=True)
    assert b"This person is paused: let them work again first." in told.content
    page.post(f"/p/{project.slug}/rules/people/{bob.pk}", {"act": "lift"})
    assert len(annotator.claim()) == 1
    told = page.post(f"/p/{project.slug}/rules/people/{bob.pk}", {"act": "hug"}, follow=True)
    assert b"Lift, pause or quiz." in told.content


def test_rules_and_quiz_are_changed_on_the_page(project: Project, alice: User, bob: User) -> None:
    page, address = client(alice), f"/p/{project.slug}/rules"
    body = {"measure": "too_fast", "act": "warn", "threshold": "0.3", "least": "5", "milliseconds": "2000",
            "active": "on"}  # fmt: skip
    page.post(f"{address}/change", body)
    assert Rule.objects.get(measure="too_fast", act="warn").least == 5
    refused = page.post(f"{address}/change", body | {"threshold": "3"}, follow=True)
    assert b"Above 0 and below 1." in refused.content
    trust = {"gold_shares": "0.5 0.2", "gold_step": 10, "quiz_items": 0, "quiz_mark": "0.8", "quiz_limit": 20,
             "feedback_after": ""}  # fmt: skip
    assert page.post(address, trust).status_code == 302
    assert b"One to ten shares" in page.post(address, trust | {"gold_shares": "0.9"}).content
    answer(bob, project, claim(actor=bob, project=project, count=20), cat(project), milliseconds=500)
    judge(project=project)
    told = client(bob).get(f"/api/v1/projects/{project.slug}/work").json()["mine"]["warning"]
    assert "came faster than anybody can look" in told
    assert b"Warn: Answers faster" in page.get(address).content


def test_a_rule_is_added_and_removed(project: Project, alice: User) -> None:
    page, address = client(alice), f"/p/{project.slug}/rules"
    named = {"measure": "too_fast", "act": "retrain"}
    assert b"Remove" not in page.get(address).content
    page.post(f"{address}/change", named | {"threshold": 0.8, "least": 50, "milliseconds": 400, "active": "on"})
    assert Rule.objects.get(measure="too_fast", act="retrain").milliseconds == 400
    assert b"Remove" in page.get(address).content
    page.post(f"{address}/remove", named)
    assert not Rule.objects.filter(measure="too_fast", act="retrain").exists()
    standard = {"measure": "gold_accuracy", "act": "retrain"}
    for body, said in ((named, b"no such rule"), (standard, b"switch it off"), ({}, b"no such rule")):
        assert said in page.post(f"{address}/remove", body, follow=True).content
    assert not Rule.objects.get(measure="gold_accuracy", act="retrain").active


def test_a_rule_that_has_acted_stays_on_record(project: Project, alice: User, bob: User) -> None:
    owner, address = client(alice), f"/api/v1/projects/{project.slug}/rules"
    rule = {"measure": "too_fast", "act": "retrain", "threshold": 0.4, "least": 5, "milliseconds": 2000}
    assert owner.put(address, rule, content_type="application/json").status_code == 200
    answer(bob, project, claim(actor=bob, project=project, count=20), cat(project))
    judge(project=project)
    refused = owner.delete(f"{address}/too_fast/retrain")
    assert (refused.status_code, refused.json()["field"]) == (409, "measure")
    owner.put(address, rule | {"measure": "same_answer"}, content_type="application/json")
    assert client(bob).delete(f"{address}/same_answer/retrain").status_code == 403
    assert owner.delete(f"{address}/same_answer/retrain").json()["measure"] == "same_answer"
    assert owner.delete(f"{address}/same_answer/retrain").status_code == 404


def test_feedback_moves_by_batches_and_hours_alone(alice: User, bob: User, monkeypatch: pytest.MonkeyPatch) -> None:
    start, project = timezone.now(), make_project(alice, heldout_share=0.0)
    add(project, bob)
    items = make_items(project, 200)  # gold comes in place of ordinary items only: these last until ten of it came
    make_gold(project, alice, items[:15])
    set_trust(actor=alice, project=project, gold_shares=[0.5], feedback_after=10)
    while Lease.objects.filter(user=bob, gold__isnull=False).count() < 10:
        answer(bob, project, claim(actor=bob, project=project, count=5), cat(project))
    monkeypatch.setattr(reads, "timezone", SimpleNamespace(now=lambda: start))
    assert feedback(bob, project) is None  # this hour's answers are not told yet
    later = timezone.now() + timedelta(hours=1)
    monkeypatch.setattr(reads, "timezone", SimpleNamespace(now=lambda: later))
    told = feedback(bob, project)
    assert told is not None
    assert (told.right, told.of) == (10, 10)
    assert client(bob).get(f"/api/v1/projects/{project.slug}/work").json()["mine"]["checked"] == {"right": 10, "of": 10}


def test_the_api_does_what_the_pages_do(project: Project, alice: User, bob: User, charlie: User) -> None:
    address, owner = f"/api/v1/projects/{project.slug}", client(alice)
    rule = {"measure": "too_fast", "act": "pause", "threshold": 0.4, "least": 30, "milliseconds": 500, "active": True}
    for _ in range(2):
        assert owner.put(f"{address}/rules", rule, content_type="application/json").json() == rule
    assert rule in owner.get(f"{address}/rules").json()
    wrong = owner.put(f"{address}/rules", rule | {"least": 1}, content_type="application/json")
    assert (wrong.status_code, wrong.json()["field"]) == (400, "least")
    changed = owner.patch(f"{address}/trust", {"gold_step": 7}, content_type="application/json").json()
    assert (changed["gold_step"], changed["gold_shares"]) == (7, [0.4, 0.3, 0.2, 0.1])
    assert owner.get(f"{address}/trust").json() == changed
    stand = f"{address}/standings/{bob.pk}"
    body = {"act": "pause", "reason": "A word first."}
    assert owner.post(stand, body, content_type="application/json").json()["state"] == "paused"
    [row] = owner.get(f"{address}/standings").json()
    assert (row["username"], row["state"], row["reason"]) == ("bob", "paused", "A word first.")
    assert owner.post(stand, {"act": "lift"}, content_type="application/json").json()["state"] == "cleared"
    assert owner.post(stand, {"act": "hug"}, content_type="application/json").status_code == 400
    for person, status in ((bob, 403), (charlie, 404)):
        for path in ("rules", "trust", "standings"):
            assert client(person).get(f"{address}/{path}").status_code == status
        assert client(person).post(stand, body, content_type="application/json").status_code == status
