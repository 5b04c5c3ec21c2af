"""Claim, answer, undo and skip over HTTP, and what each does to the queue and the posterior."""

import uuid

import pytest
from django.contrib.auth.models import User
from django.test import Client

from labeling.annotations.models import Annotation, Retraction, Skip
from labeling.assignments.models import Lease, LeaseState, QueueEntry
from labeling.consensus.models import Consensus, Verdict
from labeling.projects.models import Label, Project
from tests.factories import add, make_items, make_project, make_user
from tests.work.people import Annotator

pytestmark = pytest.mark.django_db


@pytest.fixture
def project(alice: User, bob: User) -> Project:
    made = make_project(alice, heldout_share=0.0)
    add(made, bob)
    return made


def label(project: Project, name: str) -> int:
    return Label.objects.get(project=project, name=name).pk


def test_answers_of_two_people_verify_an_item(project: Project, bob: User) -> None:
    [item] = make_items(project, 1)
    dora = make_user("dora")
    add(project, dora)
    for person in (bob, dora):
        annotator = Annotator(person, project)
        [lease] = annotator.claim()
        assert annotator.answer(lease, label(project, "cat"))["status"] == "stored"
    settled = Consensus.objects.get(item=item)
    assert (settled.label.name, settled.answers) == ("cat", 2)
    assert settled.confidence > 0.9


def test_same_key_sent_twice_stores_once(project: Project, bob: User) -> None:
    make_items(project, 1)
    annotator = Annotator(bob, project)
    [lease] = annotator.claim()
    key = str(uuid.uuid4())
    first = annotator.answer(lease, label(project, "cat"), key=key)
    second = annotator.answer(lease, label(project, "dog"), key=key)
    assert (first["status"], second["status"]) == ("stored", "already-stored")
    assert first["annotation"] == second["annotation"]
    assert Annotation.objects.get().label_id == label(project, "cat")


def test_answer_without_lease_is_refused_and_nothing_stored(project: Project, bob: User) -> None:
    make_items(project, 1)
    dora = make_user("dora")
    add(project, dora)
    [lease] = Annotator(bob, project).claim()
    result = Annotator(dora, project).answer(lease, label(project, "cat"), status=409)
    assert (result["status"], result["type"], result["field"]) == ("refused", "conflict", "lease")
    assert not Annotation.objects.exists()


def test_an_answer_that_may_not_be_given_does_not_refuse_the_others(project: Project, bob: User) -> None:
    make_items(project, 2)
    dora = make_user("dora")
    add(project, dora)
    [theirs], [mine] = Annotator(dora, project).claim(), Annotator(bob, project).claim()
    rows = [
        {"lease": lease["id"], "key": str(uuid.uuid4()), "label": label(project, "cat"), "milliseconds": 900,
         "answered_at": "2026-01-01T00:00:00Z"}
        for lease in (theirs, mine)
    ]  # fmt: skip
    told = Annotator(bob, project).post("submit", {"answers": rows})
    assert (told.status_code, [row["status"] for row in told.json()["results"]]) == (200, ["refused", "stored"])


def test_late_answer_of_former_holder_is_stored_and_weighed(project: Project, bob: User) -> None:
    [item] = make_items(project, 1)
    annotator = Annotator(bob, project)
    [lease] = annotator.claim()
    Lease.objects.filter(pk=lease["id"]).update(expires_at="2020-01-01T00:00:00Z")
    dora = make_user("dora")
    add(project, dora)
    assert [row["item"]["id"] for row in Annotator(dora, project).claim()] == [item.pk]
    assert Lease.objects.get(pk=lease["id"]).state == LeaseState.EXPIRED
    assert annotator.answer(lease, label(project, "cat"))["status"] == "stored"
    assert Consensus.objects.get(item=item).answers == 1
    assert QueueEntry.objects.get(item=item).leased == 1


def test_second_answer_to_one_item_is_refused_until_the_first_is_undone(project: Project, bob: User) -> None:
    [item] = make_items(project, 1)
    annotator = Annotator(bob, project)
    [lease] = annotator.claim()
    key = str(uuid.uuid4())
    annotator.answer(lease, label(project, "cat"), key=key)
    assert annotator.answer(lease, label(project, "dog"))["status"] == "refused"
    assert annotator.post("undo", {"key": key}).json()["lease"]["id"] == lease["id"]
    assert annotator.post("undo", {"key": key}).status_code == 200  # done twice, it changes nothing
    assert Retraction.objects.count() == 1
    assert Consensus.objects.get(item=item).answers == 0
    assert annotator.answer(lease, label(project, "dog"))["status"] == "stored"
    assert list(Annotation.objects.standing().values_list("attempt", "label__name")) == [(2, "dog")]
    assert QueueEntry.objects.get(item=item).leased == 0


def test_skip_is_no_answer_and_frees_the_item_for_others(project: Project, bob: User) -> None:
    [item] = make_items(project, 1)
    dora = make_user("dora")
    add(project, dora)
    annotator = Annotator(bob, project)
    [lease] = annotator.claim()
    skip = {"lease": lease["id"], "key": str(uuid.uuid4()), "reason": "broken"}
    assert annotator.post("skip", skip).status_code == 200
    assert annotator.post("skip", skip).status_code == 200
    assert Skip.objects.count() == 1
    assert annotator.claim() == []
    assert [row["item"]["id"] for row in Annotator(dora, project).claim()] == [item.pk]
    bad = annotator.post("skip", {**skip, "key": str(uuid.uuid4()), "reason": "because"})
    assert (bad.status_code, bad.json()["field"]) == (400, "reason")


def test_split_answers_at_the_limit_go_to_an_expert_whose_word_holds(project: Project, alice: User, bob: User) -> None:
    Project.objects.filter(pk=project.pk).update(answer_limit=2)
    [item] = make_items(project, 1)
    dora = make_user("dora")
    add(project, dora)
    for person, name in ((bob, "cat"), (dora, "dog")):
        annotator = Annotator(person, project)
        annotator.answer(annotator.claim()[0], label(project, name))
    assert Consensus.objects.get(item=item).verdict == Verdict.DISPUTED
    eve = make_user("eve")
    add(project, eve)
    assert Annotator(eve, project).claim() == []
    expert = Annotator(alice, project)
    [lease] = expert.claim()
    expert.answer(lease, label(project, "dog"))
    settled = Consensus.objects.get(item=item)
    assert (settled.verdict, settled.label.name, settled.by_expert) == (Verdict.VERIFIED, "dog", True)


def test_blind_lease_holds_no_suggestion_and_heldout_items_are_always_blind(project: Project, bob: User) -> None:
    make_items(project, 4, heldout=2)
    leases = Annotator(bob, project).claim(4)
    assert len(leases) == 4
    assert all(lease["suggestion"] is None and lease["supposed"] is None for lease in leases)
    assert all("arm" not in lease for lease in leases)


def test_bad_input_names_field_and_reason(project: Project, bob: User) -> None:
    make_items(project, 1)
    annotator = Annotator(bob, project)
    [lease] = annotator.claim()
    assert annotator.post("claim", {"count": 0}).json()["field"] == "count"
    assert annotator.answer(lease, None)["field"] == "label"
    assert annotator.answer(lease, 10**9)["field"] == "label"
    assert annotator.answer(lease, None, rejected=label(project, "cat"))["field"] == "rejected"
    assert annotator.post("submit", {"answers": []}).status_code == 400
    assert not Annotation.objects.exists()


def test_outsider_and_removed_member_are_refused(project: Project, charlie: User, bob: User) -> None:
    make_items(project, 1)
    [lease] = Annotator(bob, project).claim()
    assert Annotator(charlie, project).post("claim", {"count": 1}).status_code == 404
    assert Client().post(f"/api/v1/projects/{project.slug}/claim").status_code in (401, 403)
    project.members.filter(user=bob).update(removed_at="2026-01-01T00:00:00Z")
    answer = {"lease": lease["id"], "key": str(uuid.uuid4()), "label": label(project, "cat"), "milliseconds": 1,
              "answered_at": "2026-01-01T00:00:00Z"}  # fmt: skip
    assert Annotator(bob, project).post("submit", {"answers": [answer]}).status_code == 404


def test_release_gives_items_back_at_once_also_as_a_form(project: Project, bob: User) -> None:
    make_items(project, 3)
    annotator = Annotator(bob, project)
    leases = annotator.claim(3)
    ids = ",".join(str(lease["id"]) for lease in leases[:2])
    response = annotator.client.post(f"/api/v1/projects/{project.slug}/release", {"leases": ids})
    assert response.json() == {"released": 2}
    assert QueueEntry.objects.filter(leased=0).count() == 2
    kept = annotator.post("heartbeat", {"leases": [leases[2]["id"], 2**40]})
    assert (kept.status_code, kept.json()["held"]) == (200, [leases[2]["id"]])


def test_work_tells_question_keys_and_what_is_left(project: Project, bob: User) -> None:
    make_items(project, 3)
    told = Annotator(bob, project).client.get(f"/api/v1/projects/{project.slug}/work").json()
    assert told["left"] == 10
    assert [row["name"] for row in told["labels"][:2]] == ["cat", "dog"]
    assert told["guideline"]["number"] == 1


def test_late_answer_to_an_item_that_one_got_again_closes_the_lease_of_now(project: Project, bob: User) -> None:
    [item] = make_items(project, 1)
    annotator = Annotator(bob, project)
    [first] = annotator.claim()
    Lease.objects.filter(pk=first["id"]).update(expires_at="2020-01-01T00:00:00Z")
    [second] = annotator.claim()
    assert second["id"] != first["id"]
    assert annotator.answer(first, label(project, "cat"))["status"] == "stored"
    assert Lease.objects.get(pk=second["id"]).state == LeaseState.ANSWERED
    assert QueueEntry.objects.get(item=item).leased == 0
    assert annotator.answer(second, label(project, "dog"))["status"] == "refused"
    skip = {"lease": first["id"], "key": str(uuid.uuid4()), "reason": "other"}
    assert annotator.post("skip", skip).status_code == 409
