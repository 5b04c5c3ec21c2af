"""What somebody does on a page shows where it counts: in the next claim, the next snapshot or the gate.

Each page's address stands in one of the two tables; a page that stands in neither fails the first test.
"""

import ast
import re
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import URLPattern
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
from labeling.urls import page_patterns
from ml.train import Trained, train
from tests.factories import PASSWORD, add, make_items, make_project, make_user
from tests.items.files import picture, zipped
from tests.training.material import answer_all, people, pictured_project, retrain_settings
from tests.work.people import Annotator

TESTS = Path(__file__).parent

# Pages on which one only reads, and what they show is tested beside them.
READ_ONLY = {
    "projects", "overview", "hours", "items", "items-item", "items-history", "items-upload-files", "guideline",
    "guideline-versions", "guideline-version", "guideline-agreement", "guideline-preview", "audience",
    "experiments",  "exports", "quality", "model", "model-run", "model-run-live",
    "model-run-events", "model-run-file", "model-run-why", "sign-out",
}  # fmt: skip
# Where each other page's test lies.
FOLLOWED = {
    "project-new": "test_effects.py::test_a_new_project_asks_its_question_of_its_first_item",
    "items-upload": "items/test_drop.py::test_a_folder_dropped_on_the_page_is_what_the_next_claim_hands_out",
    "items-upload-resume": "test_effects.py::test_a_resumed_upload_hands_out_its_items",
    "items-set-aside": "test_effects.py::test_an_item_set_aside_is_claimed_and_frozen_no_more",
    "erase": "test_effects.py::test_erased_uploads_are_claimed_and_frozen_no_more",
    "people": "test_effects.py::test_an_invitation_lets_a_new_person_claim_until_it_is_revoked",
    "people-revoke": "test_effects.py::test_an_invitation_lets_a_new_person_claim_until_it_is_revoked",
    "join": "test_effects.py::test_an_invitation_lets_a_new_person_claim_until_it_is_revoked",
    "people-role": "test_effects.py::test_an_expert_may_claim_what_is_disputed",
    "people-remove": "guidelines/test_effect.py::test_a_removed_annotator_claims_nothing_more",
    "people-bring-back": "guidelines/test_effect.py::test_a_removed_annotator_claims_nothing_more",
    "settings": "test_effects.py::test_settings_bind_the_next_claim_and_the_next_verdict",
    "settings-archive": "test_effects.py::test_a_project_put_away_hands_out_nothing",
    "sign-in": "test_effects.py::test_a_token_from_ones_own_page_claims_until_it_is_taken_back",
    "me": "test_effects.py::test_a_token_from_ones_own_page_claims_until_it_is_taken_back",
    "me-token": "test_effects.py::test_a_token_from_ones_own_page_claims_until_it_is_taken_back",
    "me-leave": "test_effects.py::test_who_left_claims_nothing",
    "guideline-edit": "guidelines/test_effect.py::test_an_edit_of_the_guideline_is_what_the_next_claim_shows",
    "guideline-publish": "guidelines/test_effect.py::test_an_edit_of_the_guideline_is_what_the_next_claim_shows",
    "guideline-withdraw": "guidelines/test_effect.py::test_a_version_taken_back_asks_the_older_question_again",
    "guideline-discard": "guidelines/test_effect.py::test_a_draft_thrown_away_is_never_told",
    "guideline-examples": "guidelines/test_looks.py::test_examples_are_chosen_by_keyboard_and_shown_to_annotators",
    "guideline-example-remove": "guidelines/test_effect.py::test_a_draft_thrown_away_is_never_told",
    "anchoring": "studio/test_anchoring.py::test_the_owner_sees_each_person_and_sets_the_manner",
    "anchoring-showing": "studio/test_anchoring.py::test_the_owner_sees_each_person_and_sets_the_manner",
    "early": "studio/test_outlook.py::test_outlook_and_early_pages_look",
    "questions": "reports/test_looks.py::test_a_question_from_the_floor_to_its_answer",
    "questions-answer": "reports/test_looks.py::test_a_question_from_the_floor_to_its_answer",
    "myself": "reports/test_panel.py::test_what_one_person_says_is_shown_to_nobody_else",
    "panel": "reports/test_panel.py::test_the_panels_page",
    "audience-draw": "reports/test_panel.py::test_the_panels_page",
    "audience-forget": "reports/test_panel.py::test_what_one_person_says_is_shown_to_nobody_else",
    "experiments-one": "oz/test_story.py::test_two_wizards_three_end_users_and_then_annotators",
    "experiments-variant": "oz/test_story.py::test_two_wizards_three_end_users_and_then_annotators",
    "experiments-do": "oz/test_story.py::test_two_wizards_three_end_users_and_then_annotators",
    "experiments-console": "oz/test_story.py::test_two_wizards_three_end_users_and_then_annotators",
    "experiments-rate": "oz/test_story.py::test_two_wizards_three_end_users_and_then_annotators",
    "try": "oz/test_story.py::test_two_wizards_three_end_users_and_then_annotators",
    "label": "work/browser/test_by_keyboard.py::test_ten_items_by_keyboard_offline_and_undo",
    "review": "work/browser/test_review.py::test_expert_sees_who_said_what_and_decides_by_key",
    "gold": "test_effects.py::test_gold_from_the_page_is_the_quiz_of_a_newcomer",
    "gold-add": "test_effects.py::test_gold_from_the_page_is_the_quiz_of_a_newcomer",
    "gold-retire": "test_effects.py::test_gold_from_the_page_is_the_quiz_of_a_newcomer",
    "rules": "test_effects.py::test_gold_from_the_page_is_the_quiz_of_a_newcomer",
    "rules-change": "test_effects.py::test_a_rule_from_the_page_pauses_whom_it_catches",
    "rules-stand": "work/test_people_pages.py::test_owner_pauses_and_lifts_and_the_next_claim_follows",
    "quality-requeue": "test_effects.py::test_an_item_asked_again_is_in_the_next_claim",
    "quality-discount": "test_effects.py::test_labels_of_a_discounted_person_leave_the_snapshot_until_restored",
    "quality-restore": "test_effects.py::test_labels_of_a_discounted_person_leave_the_snapshot_until_restored",
    "model-settings": "test_effects.py::test_a_schedule_from_the_page_starts_a_run",
    "model-start": "test_effects.py::test_the_margin_from_the_page_is_the_gates",
    "model-run-cancel": "test_effects.py::test_a_run_cancelled_on_its_page_promotes_nothing",
    "model-run-ask": "training/test_looks.py::test_the_pages_of_models_and_runs",
    "model-promote": "training/test_pages.py::test_promoting_by_hand_changes_whose_suggestions_are_shown",
    "model-roll-back": "training/test_pages.py::test_promoting_by_hand_changes_whose_suggestions_are_shown",
}


def test_each_page_is_followed_to_its_effect() -> None:
    names = {pattern.name for pattern in page_patterns if isinstance(pattern, URLPattern)}
    assert names == READ_ONLY | FOLLOWED.keys()
    for place in FOLLOWED.values():
        file, test = place.split("::")
        tree = ast.parse((TESTS / file).read_text())
        assert test in {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}, place


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
        "heldout_share": 0, "heldout_answers": 2, "blind_share": 0, "consent_text": "",
    }  # fmt: skip
    page.post(f"/p/{project.slug}/settings", values)
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
