"""What somebody does on a page shows where it counts: in the next claim, the next snapshot or the gate."""

import re
import sys
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django_celery_beat.models import PeriodicTask

from labeling.annotations.actions import judge
from labeling.assignments.actions import admit_ready
from labeling.datasets import folders
from labeling.datasets.actions import freeze
from labeling.datasets.models import Snapshot
from labeling.items.actions import add_file, process_upload
from labeling.items.models import Upload, UploadState
from labeling.projects.models import Label, Project
from labeling.registry.reads import promoted
from labeling.training import tasks
from labeling.training.actions.execute import execute
from labeling.training.models import Run, RunState
from ml.train import Trained, train
from tests.factories import PASSWORD, add, make_items, make_project, make_user
from tests.items.files import picture, zipped
from tests.training.material import answer_all, people, pictured_project, retrain_settings
from tests.work.people import Annotator


@pytest.fixture
def project(alice: User, bob: User) -> Project:
    made = make_project(alice, heldout_share=0.0, blind_share=0.0, target=0.85)  # two who agree are enough
    add(made, bob)
    return made


@pytest.fixture
def page(alice: User) -> Client:
    """The owner's browser."""
    return browser(alice)


def browser(user: User) -> Client:
    made = Client()
    made.force_login(user)
    return made


def label(project: Project, name: str = "cat") -> int:
    return Label.objects.get(project=project, name=name).pk


def agree(project: Project, *users: User) -> None:
    """Let each person give the same answer to all that they are handed."""
    for user in users:
        annotator = Annotator(user, project)
        for lease in annotator.claim(20):
            assert annotator.answer(lease, label(project))["status"] == "stored"


def frozen(project: Project) -> set[int]:
    """The items whose labels the next snapshot would teach."""
    contents = folders.read(freeze(actor=None, project=project))
    return {int(contents.rows[row].id) for row in contents.indices("train")}


@pytest.mark.django_db
def test_a_new_project_asks_its_question_of_its_first_item(page: Client, alice: User) -> None:
    values = {"name": "Ears", "medium": "image", "question": "Long?", "classes": "long\nshort", "mode": "choose"}
    page.post("/projects/new", values)
    project = Project.objects.get(name="Ears")
    add_file(actor=alice, project=project, name="a.png", data=picture(1))
    assert len(Annotator(alice, project).claim()) == 1
    told = page.get(f"/api/v1/projects/{project.slug}/work").json()
    assert (told["question"], [each["name"] for each in told["labels"]]) == ("Long?", ["long", "short"])


@pytest.mark.django_db
def test_a_resumed_upload_hands_out_its_items(page: Client, bob: User, project: Project) -> None:
    archive = SimpleUploadedFile("a.zip", zipped({"a.png": picture(1)}))
    page.post(f"/api/v1/projects/{project.slug}/uploads", {"archive": archive})
    upload = Upload.objects.get()
    Upload.objects.update(state=UploadState.FAILED, reason="The disk was full.")
    assert process_upload(upload_id=upload.pk) is None
    page.post(f"/p/{project.slug}/uploads/{upload.pk}/resume")
    process_upload(upload_id=upload.pk)
    assert len(Annotator(bob, project).claim()) == 1


@pytest.mark.django_db
def test_an_item_set_aside_is_claimed_and_frozen_no_more(
    page: Client, alice: User, bob: User, project: Project
) -> None:
    first, second = (
        add_file(actor=alice, project=project, name=f"{n}.png", data=picture(n)).item for n in range(2)
    )
    assert first is not None
    assert second is not None
    agree(project, alice, bob)
    assert frozen(project) == {first.pk, second.pk}
    page.post(f"/p/{project.slug}/items/{first.pk}/set-aside", {"reason": "A face."})
    assert frozen(project) == {second.pk}
    dora = make_user("dora")
    add(project, dora)
    page.post(f"/p/{project.slug}/quality/requeue", {"item": second.pk})
    assert [lease["item"]["id"] for lease in Annotator(dora, project).claim(5)] == [second.pk]
    page.post(f"/p/{project.slug}/items/{first.pk}/set-aside")
    assert frozen(project) >= {first.pk}


@pytest.mark.django_db
def test_erased_uploads_are_claimed_and_frozen_no_more(alice: User, bob: User, project: Project) -> None:
    mine = [add_file(actor=bob, project=project, name=f"{n}.png", data=picture(n)).item for n in range(2)]
    kept = add_file(actor=alice, project=project, name="9.png", data=picture(9)).item
    assert kept is not None
    agree(project, alice, bob)
    assert frozen(project) == {kept.pk} | {item.pk for item in mine if item}
    browser(bob).post(f"/p/{project.slug}/erase")
    assert frozen(project) == {kept.pk}
    dora = make_user("dora")
    add(project, dora)
    browser(alice).post(f"/p/{project.slug}/quality/requeue", {"item": kept.pk})
    assert [lease["item"]["id"] for lease in Annotator(dora, project).claim(5)] == [kept.pk]


@pytest.mark.django_db
def test_an_invitation_lets_a_new_person_claim_until_it_is_revoked(page: Client, project: Project) -> None:
    make_items(project, 1)
    shown = page.post(f"/p/{project.slug}/people", {"role": "annotator", "days": 3, "max_uses": 5}).content.decode()
    link = re.search(r"/join/[\w-]+", shown)
    assert link is not None
    newcomer = Client()
    newcomer.post(link[0], {"username": "eve", "password": PASSWORD, "consent": "on"})
    claimed = newcomer.post(f"/api/v1/projects/{project.slug}/claim", {"count": 1}, content_type="application/json")
    assert len(claimed.json()["leases"]) == 1
    page.post(f"/p/{project.slug}/invitations/{project.invitations.get().pk}/revoke")
    Client().post(link[0], {"username": "fred", "password": PASSWORD, "consent": "on"})
    assert not User.objects.filter(username="fred").exists()


@pytest.mark.django_db
def test_an_expert_may_claim_what_is_disputed(page: Client, alice: User, bob: User, project: Project) -> None:
    page.post(f"/p/{project.slug}/people/{bob.pk}/role", {"role": "annotator"})
    asked = f"/api/v1/projects/{project.slug}/review"
    assert browser(bob).post(asked, {"count": 1}, content_type="application/json").status_code == 403
    page.post(f"/p/{project.slug}/people/{bob.pk}/role", {"role": "expert"})
    assert browser(bob).post(asked, {"count": 1}, content_type="application/json").status_code == 200


@pytest.mark.django_db
def test_settings_bind_the_next_claim_and_the_next_verdict(page: Client, bob: User, project: Project) -> None:
    for number in range(3):
        add_file(actor=bob, project=project, name=f"{number}.png", data=picture(number), supposed="dog")
    first, _ = Annotator(bob, project).claim(2)
    assert first["supposed"] is None
    values = {
        "name": "Pets", "mode": "confirm", "target": 0.6, "answer_limit": 7, "newcomer_answers": 0, "least_gain": 0,
        "heldout_share": 0, "heldout_answers": 2, "blind_share": 0, "consent_text": "", "stale_weight": 0,
        "label_floor": 0.6,
    }  # fmt: skip
    assert page.post(f"/p/{project.slug}/settings", values).status_code == 302
    dora = make_user("dora")
    add(project, dora)
    assert Annotator(dora, project).claim(1)[0]["supposed"]["name"] == "dog"
    Annotator(bob, project).answer(first, label(project, "dog"))
    assert frozen(project) == {first["item"]["id"]}, "one answer is enough for a low target"


@pytest.mark.django_db
def test_a_project_put_away_hands_out_nothing(page: Client, bob: User, project: Project) -> None:
    make_items(project, 2)
    annotator = Annotator(bob, project)
    assert annotator.claim()
    page.post(f"/p/{project.slug}/settings/archive")
    assert annotator.post("claim", {"count": 1}).status_code == 404
    assert annotator.client.post(f"/p/{project.slug}/settings/restore").status_code == 404, "only an owner may"
    assert b"Bring back" in page.get("/").content
    page.post(f"/p/{project.slug}/settings/restore")
    assert annotator.claim()


@pytest.mark.django_db
def test_a_token_from_ones_own_page_claims_until_it_is_taken_back(bob: User, project: Project) -> None:
    make_items(project, 2)
    own = Client()
    own.post("/sign-in", {"username": "bob", "password": PASSWORD})
    new = "another horse, another battery"
    own.post("/me", {"old_password": PASSWORD, "new_password1": new, "new_password2": new})
    made = re.search(r"\b[0-9a-f]{40}\b", own.post("/me/token").content.decode())
    assert made is not None
    refused = Client().post("/sign-in", {"username": "bob", "password": PASSWORD})
    assert refused.status_code == 200, "the old password signs nobody in"
    device, address = Client(headers={"Authorization": f"Token {made[0]}"}), f"/api/v1/projects/{project.slug}/claim"
    assert len(device.post(address, {"count": 1}, content_type="application/json").json()["leases"]) == 1
    own.post("/me/token", {"revoke": ""})
    assert device.post(address, {"count": 1}, content_type="application/json").status_code == 401


@pytest.mark.django_db
def test_who_left_claims_nothing(bob: User, project: Project) -> None:
    make_items(project, 2)
    annotator = Annotator(bob, project)
    assert annotator.claim()
    browser(bob).post(f"/me/leave/{project.slug}")
    assert annotator.post("claim", {"count": 1}).status_code == 404


@pytest.mark.django_db
def test_gold_from_the_page_is_the_quiz_of_a_newcomer(page: Client, bob: User, project: Project) -> None:
    items = make_items(project, 8)
    admit_ready(project=project)  # as the worker does every two seconds
    for item in items[:2]:
        page.post(f"/p/{project.slug}/gold/add", {"item_id": item.pk, "label_id": label(project)})
    trust = {"gold_shares": "0.5", "gold_step": 10, "quiz_items": 2, "quiz_mark": "0.9", "quiz_limit": 8}
    answer = page.post(f"/p/{project.slug}/rules", trust)
    assert answer.status_code == 302, answer.content.decode()
    asked = {lease["item"]["id"] for lease in Annotator(bob, project).claim(2)}
    assert asked == {item.pk for item in items[:2]}
    assert frozen(project) == asked, "gold teaches by its own label"
    shelf = page.get(f"/p/{project.slug}/gold").content.decode()
    for path in set(re.findall(r"/gold/\d+/retire", shelf)):
        page.post(f"/p/{project.slug}{path}")
    assert frozen(project) == set()


@pytest.mark.django_db
def test_items_drawn_for_gold_teach_by_their_label(page: Client, project: Project) -> None:
    items = make_items(project, 4, heldout=1)
    admit_ready(project=project)
    drawn = set()
    for _ in items[1:]:
        found = re.search(r'name="item_id" value="(\d+)"', page.get(f"/p/{project.slug}/gold/draw").content.decode())
        assert found
        drawn.add(int(found[1]))
        page.post(f"/p/{project.slug}/gold/add", {"item_id": found[1], "label_id": label(project)})
    assert drawn == frozen(project) == {item.pk for item in items[1:]}
    assert "Nothing left to draw" in page.get(f"/p/{project.slug}/gold/draw").content.decode()
    assert page.get(f"/api/v1/projects/{project.slug}/gold/draw").json() == {"item": None}


@pytest.mark.django_db
def test_a_rule_from_the_page_pauses_whom_it_catches(page: Client, bob: User, project: Project) -> None:
    make_items(project, 30)
    rule = {"measure": "too_fast", "act": "pause", "threshold": "0.3", "least": 5, "milliseconds": 2000, "active": "on"}
    page.post(f"/p/{project.slug}/rules/change", rule)
    agree(project, bob)  # each within 900 ms
    judge(project=project)
    assert Annotator(bob, project).post("claim", {"count": 1}).json()["state"] == "paused"


@pytest.mark.django_db
def test_an_item_asked_again_is_in_the_next_claim(page: Client, alice: User, bob: User, project: Project) -> None:
    [item] = make_items(project, 1)
    agree(project, alice, bob)
    dora = make_user("dora")
    add(project, dora)
    annotator = Annotator(dora, project)
    assert annotator.claim() == []
    page.post(f"/p/{project.slug}/quality/requeue", {"item": item.pk})
    assert [lease["item"]["id"] for lease in annotator.claim()] == [item.pk]


@pytest.mark.django_db
def test_labels_of_a_discounted_person_leave_the_snapshot_until_restored(
    page: Client, bob: User, project: Project
) -> None:
    items = {item.pk for item in make_items(project, 3)}
    dora = make_user("dora")
    add(project, dora)
    agree(project, dora, bob)
    assert frozen(project) == items
    for person in (bob, dora):
        page.post(f"/p/{project.slug}/quality/{person.pk}/discount")
    assert frozen(project) == set()
    for person in (bob, dora):
        page.post(f"/p/{project.slug}/quality/{person.pk}/restore")
    assert frozen(project) == items


@pytest.mark.django_db
def test_a_schedule_from_the_page_starts_a_run(page: Client, alice: User, bob: User, project: Project) -> None:
    values = retrain_settings(project, enabled="on", crontab="* * * * *", min_new_verified="2")
    page.post(f"/p/{project.slug}/model/settings", values)
    due = PeriodicTask.objects.get(name=f"retrain project {project.pk}")
    tasks.retrain_on_schedule(project.pk)
    assert (due.enabled, Run.objects.get().state) == (True, RunState.SKIPPED)
    make_items(project, 2)
    agree(project, alice, bob)
    tasks.retrain_on_schedule(project.pk)
    assert Run.objects.latest("pk").state == RunState.QUEUED


@pytest.fixture
def worker(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """What the page hands to the worker."""
    given: list[int] = []
    monkeypatch.setattr(tasks.retrain, "apply_async", lambda args, **_: given.append(args[0]))
    return given


@pytest.mark.django_db(transaction=True)
def test_the_margin_from_the_page_is_the_gates(
    page: Client, alice: User, worker: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    project = pictured_project(alice, 36)
    crowd = people(project, "bob", "dora")
    answer_all(project, *crowd, most=60)
    retrained(page, project, worker, margin="0")
    answer_all(project, *crowd)

    def confused(*args: Any, **options: Any) -> Trained:
        made = train(*args, **options)
        return replace(made, probabilities=np.roll(made.probabilities, 1, axis=1))

    monkeypatch.setattr(sys.modules["labeling.training.actions.execute"], "train", confused)
    assert not retrained(page, project, worker, margin="0").promoted
    Snapshot.objects.update(content_hash="another")  # the same labels would not be trained on twice
    assert retrained(page, project, worker, margin="1").promoted


def retrained(page: Client, project: Project, worker: list[int], *, margin: str) -> Run:
    """Set the margin on the model's page, start a run there, and do it as the worker would."""
    values = retrain_settings(project, margin=margin, slice_drop="1")
    assert page.post(f"/p/{project.slug}/model/settings", values).status_code == 302
    page.post(f"/p/{project.slug}/model/start")
    run = execute(run_id=worker[-1])
    assert run.state == RunState.DONE, run.reason
    return run


@pytest.mark.django_db(transaction=True)
def test_a_run_cancelled_on_its_page_promotes_nothing(page: Client, alice: User, worker: list[int]) -> None:
    project = pictured_project(alice, 36)
    answer_all(project, *people(project, "bob", "dora"))
    page.post(f"/p/{project.slug}/model/start")
    page.post(f"/p/{project.slug}/model/runs/1/cancel")
    execute(run_id=worker[0])
    assert Run.objects.get().state == RunState.CANCELLED
    assert promoted(project) is None
