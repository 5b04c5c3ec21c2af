"""Questions from the floor: gathered by likeness, answered in the next version, told to those who asked."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

import numpy as np
import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client

from labeling.assignments.actions import claim
from labeling.assignments.models import Lease
from labeling.embeddings.models import Embedding
from labeling.embeddings.reads import backbone_of
from labeling.errors import BadInput, Conflict, NotFound
from labeling.guidelines.actions import publish_draft
from labeling.guidelines.reads import current, draft, shown_examples
from labeling.items.models import Item
from labeling.projects.models import Project
from labeling.reports.actions import answer_by_example, answer_by_rule, close, gather, merge, see, tell
from labeling.reports.models import Flag, Notice, Thread, ThreadState
from labeling.reports.reads import projects_with_new_flags, unseen
from labeling.work import actions as work
from tests.factories import add, make_items, make_project


@pytest.fixture
def project(alice: User, bob: User) -> Project:
    made = make_project(alice)
    add(made, bob)
    return made


def flag(user: User, project: Project, count: int, note: str = "") -> list[Lease]:
    """Claim items and say of each that the guideline doesn't say."""
    leases = claim(actor=user, project=project, count=count)
    assert len(leases) == count
    for lease in leases:
        work.skip(actor=user, project=project, lease_id=lease.pk, key=uuid4(), reason="unclear", note=note)
    return leases


def embed(project: Project, items: list[Item], angles: list[float]) -> None:
    """Vectors in a plane, by their angle."""
    for item, angle in zip(items, angles, strict=True):
        vector = np.array([np.cos(angle), np.sin(angle)], np.float32)
        Embedding.objects.create(blob_id=item.blob_id, backbone=backbone_of(project), vector=vector)


def test_without_vectors_each_item_is_a_question_of_its_own(bob: User, person: Any, project: Project) -> None:
    make_items(project, 2)
    carol = person("carol")
    add(project, carol)  # before the skips: what the only annotator passes over waits for an expert
    flag(bob, project, 2)
    flag(carol, project, 1)
    assert list(projects_with_new_flags()) == [project]
    assert gather(project=project) == 3
    assert gather(project=project) == 0
    assert not projects_with_new_flags().exists()
    assert Thread.objects.count() == 2


def test_items_that_look_alike_stand_together(bob: User, project: Project) -> None:
    items = make_items(project, 12)
    embed(project, items, [0.0, 0.001, *np.linspace(0.3, 1.5, 10)])
    flag(bob, project, 12)
    gather(project=project)
    place = dict(Flag.objects.values_list("item_id", "thread_id"))
    assert place[items[0].pk] == place[items[1].pk]
    assert place[items[0].pk] != place[items[7].pk]


def test_a_question_taken_back_is_not_asked(bob: User, project: Project) -> None:
    make_items(project, 1)
    (lease,) = claim(actor=bob, project=project, count=1)
    key = uuid4()
    work.skip(actor=bob, project=project, lease_id=lease.pk, key=key, reason="unclear", note="")
    work.undo(actor=bob, project=project, key=key)
    assert gather(project=project) == 0


def test_a_rule_goes_into_the_draft_and_is_told_once_published(alice: User, bob: User, project: Project) -> None:
    make_items(project, 1)
    (lease,) = flag(bob, project, 1, "A fox?")
    gather(project=project)
    thread = Thread.objects.get()
    answer_by_rule(actor=alice, project=project, thread_id=thread.pk, words="A fox is a *dog*.")
    assert draft(project).text.endswith("\n\n- A fox is a *dog*.")
    assert tell(project=project) == 0
    assert not unseen(bob, project).exists()
    publish_draft(actor=alice, project=project, revision=draft(project).revision)
    assert tell(project=project) == 1
    assert tell(project=project) == 0
    (notice,) = unseen(bob, project)
    assert (notice.thread.words, notice.thread.version and notice.thread.version.number) == ("A fox is a *dog*.", 2)
    again = claim(actor=bob, project=project, count=1)
    assert [row.item_id for row in again] == [lease.item_id], "who asked can answer it now"
    assert again[0].guideline_version.number == 2
    assert see(actor=alice, project=project, ids=[notice.pk]) == 0
    assert see(actor=bob, project=project, ids=[notice.pk]) == 1
    assert see(actor=bob, project=project, ids=[notice.pk]) == 0
    assert not unseen(bob, project).exists()


def test_an_item_of_the_question_becomes_an_example(alice: User, bob: User, project: Project) -> None:
    item, other = make_items(project, 2)
    flag(bob, project, 1)
    gather(project=project)
    thread = Thread.objects.get()
    flagged = Flag.objects.get().item_id
    given: dict[str, Any] = {"label_id": project.labels.get(name="cat").pk, "fits": False, "words": "A fox."}
    wrong = ({item.pk, other.pk} - {flagged}).pop()
    with pytest.raises(BadInput):
        answer_by_example(actor=alice, project=project, thread_id=thread.pk, item_id=wrong, **given)
    answer_by_example(actor=alice, project=project, thread_id=thread.pk, item_id=flagged, **given)
    publish_draft(actor=alice, project=project, revision=1)
    assert shown_examples(project, current(project).example_ids)[0].no[0].because == "A fox."
    assert tell(project=project) == 1


def test_an_answer_without_a_change_is_told_at_once(alice: User, bob: User, project: Project) -> None:
    make_items(project, 2)
    flag(bob, project, 2)
    gather(project=project)
    first, second = Thread.objects.order_by("pk")
    close(actor=alice, project=project, thread_id=first.pk, words="It says so: by the ears.")
    assert Notice.objects.get().user == bob
    with pytest.raises(Conflict):
        close(actor=alice, project=project, thread_id=first.pk, words="Again.")
    with pytest.raises(BadInput):
        answer_by_rule(actor=alice, project=project, thread_id=second.pk, words="  ")
    with pytest.raises(NotFound):
        close(actor=alice, project=make_project(alice), thread_id=second.pk, words="Not mine.")
    second.refresh_from_db()
    assert second.state == ThreadState.OPEN


@pytest.mark.django_db(transaction=True)
def test_two_gatherers_at_once_put_each_flag_into_one_thread(bob: User, project: Project) -> None:
    make_items(project, 4)
    flag(bob, project, 4)

    def work_once(_: int) -> int:
        try:
            return gather(project=project)
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        assert sum(pool.map(work_once, range(2))) == 4
    assert Flag.objects.count() == Thread.objects.count() == 4


def test_the_pages_and_calls_are_for_those_whom_they_concern(
    client: Client, alice: User, bob: User, charlie: User, person: Any, project: Project
) -> None:
    make_items(project, 1)
    flag(bob, project, 1, "A <b>fox</b>?")
    gather(project=project)
    thread = Thread.objects.get()
    carol = person("carol")
    add(project, carol)
    page, api = f"/p/{project.slug}/questions", f"/api/v1/projects/{project.slug}"
    for user, status, seen in ((alice, 200, True), (bob, 200, True), (carol, 200, False), (charlie, 404, False)):
        client.force_login(user)
        answer = client.get(page)
        assert answer.status_code == status
        assert ("A &lt;b&gt;fox&lt;/b&gt;?" in answer.content.decode()) is seen
    client.force_login(bob)
    assert client.get(f"{api}/questions").status_code == 403
    assert client.post(f"{page}/{thread.pk}/answer", {"kind": "close", "words": "No."}).status_code == 403
    client.force_login(alice)
    assert client.get(f"{api}/questions").json()["results"][0]["flags"][0]["note"] == "A <b>fox</b>?"
    shown = client.post(f"{page}/{thread.pk}/answer", {"kind": "close"}, follow=True).content.decode()
    assert "need an answer" in shown
    client.post(f"{page}/{thread.pk}/answer", {"kind": "close", "words": "Neither: skip it."})
    client.force_login(bob)
    (told,) = client.get(f"{api}/notices").json()
    assert told["words"] == "Neither: skip it."
    seen_now = client.post(f"{api}/notices/seen", {"ids": [told["id"]]}, content_type="application/json")
    assert seen_now.json() == {"seen": 1}
    assert client.get(f"{api}/notices").json() == []


def test_two_questions_that_are_one_are_answered_together(
    client: Client, alice: User, bob: User, person: Any, project: Project
) -> None:
    make_items(project, 3)
    flag(bob, project, 2)
    carol = person("carol")
    add(project, carol)
    flag(carol, project, 1)
    gather(project=project)
    client.force_login(alice)
    page, api = f"/p/{project.slug}/questions", f"/api/v1/projects/{project.slug}/questions"
    first, *others = Thread.objects.order_by("pk")
    for other in others:
        assert f'<option value="{other.pk}">' in client.get(page).content.decode()
        told = client.post(f"{page}/{other.pk}/merge", {"into": str(first.pk)}, follow=True).content.decode()
        assert f"Now both are question {first.pk}" in told
    assert list(Thread.objects.all()) == [first]
    assert Flag.objects.filter(thread=first).count() == 3
    assert "Put them together" not in client.get(page).content.decode()
    again = client.post(f"{api}/{others[0].pk}/merge", {"into": first.pk}, "application/json")
    assert again.status_code == 404, "it is that question now"
    assert client.post(f"{api}/{first.pk}/merge", {"into": first.pk}, "application/json").status_code == 400
    close(actor=alice, project=project, thread_id=first.pk, words="By the ears.")
    assert {notice.user for notice in Notice.objects.all()} == {bob, carol}


def test_only_open_questions_of_ones_own_project_are_put_together(
    client: Client, alice: User, bob: User, charlie: User, project: Project
) -> None:
    make_items(project, 2)
    flag(bob, project, 2)
    gather(project=project)
    first, second = Thread.objects.order_by("pk")
    close(actor=alice, project=project, thread_id=first.pk, words="By the ears.")
    with pytest.raises(Conflict):
        merge(actor=alice, project=project, thread_id=second.pk, into_id=first.pk)
    with pytest.raises(NotFound):
        merge(actor=alice, project=make_project(alice), thread_id=second.pk, into_id=first.pk)
    address = f"/api/v1/projects/{project.slug}/questions/{second.pk}/merge"
    for user, status in ((bob, 403), (charlie, 404)):
        client.force_login(user)
        assert client.post(address, {"into": first.pk}, "application/json").status_code == status
    assert Flag.objects.filter(thread=second).exists()
