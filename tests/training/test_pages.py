"""The model's page and a run's page."""

import pytest
from django.contrib.auth.models import User
from django.test import Client

from labeling.projects.models import Label, Project
from labeling.registry.reads import promoted
from labeling.suggestions.reads import current
from labeling.training import tasks
from labeling.training.actions import Trigger, start_run
from labeling.training.actions.execute import execute
from labeling.training.actions.fill import fill
from labeling.training.actions.policy import borders
from labeling.training.actions.recipe import recipe_for
from labeling.training.matrix import lines
from labeling.training.models import RetrainPolicy, Run
from tests.factories import add, make_project
from tests.training.material import answer_all, heldout_ids, people, pictured_project, retrain_settings


def signed_in(user: User) -> Client:
    made = Client()
    made.force_login(user)
    return made


@pytest.fixture(autouse=True)
def _no_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tasks.retrain, "apply_async", lambda args, **_: None)


@pytest.mark.django_db
def test_an_empty_page_says_what_to_do_and_starts_a_run(alice: User) -> None:
    project = make_project(alice)
    page = signed_in(alice).get(f"/p/{project.slug}/model")
    assert b"No model speaks yet" in page.content
    begun = signed_in(alice).post(f"/p/{project.slug}/model/start", follow=True)
    assert begun.redirect_chain[-1][0] == f"/p/{project.slug}/model/runs/1"
    assert b"Waiting for the worker" in begun.content
    stopped = signed_in(alice).post(f"/p/{project.slug}/model/runs/1/cancel", follow=True)
    assert b"Cancelled before it began" in stopped.content


@pytest.mark.django_db
def test_the_schedule_is_saved_and_a_bad_one_keeps_what_was_typed(alice: User) -> None:
    project = make_project(alice)
    url = f"/p/{project.slug}/model/settings"
    cat, _ = Label.objects.filter(project=project, role="class")
    border = borders()[1]
    values = retrain_settings(
        project, enabled="on", crontab="30 2 * * *", min_new_verified="5", changed_must_be_better="",
        recipe_kind="image_cnn", augment_flip="on", augment_rotate="0", augment_border=border,
        **{f"prior_{cat.pk}": "0.9"},
    )  # fmt: skip
    assert signed_in(alice).post(url, values).status_code == 302
    held = RetrainPolicy.objects.get(project=project)
    assert (held.crontab, held.recipe_kind, held.changed_must_be_better) == ("30 2 * * *", "image_cnn", False)
    assert held.augment == {"flip": True, "rotate": 0.0, "border": border}
    assert held.priors == {str(cat.pk): 0.9}
    assert b'checked' in signed_in(alice).get(url).content
    refused = signed_in(alice).post(url, {**values, "crontab": "sometimes"})
    assert b"sometimes" in refused.content
    too_much = signed_in(alice).post(url, {**values, f"prior_{cat.pk}": "2"})
    assert b"less than or equal to 1" in too_much.content
    assert RetrainPolicy.objects.get(project=project).crontab == "30 2 * * *"


@pytest.mark.django_db
def test_what_else_the_owner_says_of_a_recipe_is_trained_with_and_what_cannot_be_is_refused(alice: User) -> None:
    project = make_project(alice)
    url = f"/p/{project.slug}/model/settings"
    said = {"tool_patience": "4", "tool_sampling": "0.5", "tool_loss": "cosine", "tool_size": "64", "tool_lr": "0.001"}
    values = retrain_settings(project, recipe_kind="image_transfer", **said)
    assert signed_in(alice).post(url, values).status_code == 302
    held = RetrainPolicy.objects.get(project=project)
    assert held.tools == {"patience": 4, "sampling": 0.5, "loss": "cosine", "size": 64, "lr": 0.001}
    recipe = recipe_for("image", policy=held)
    assert (recipe.kind, recipe.patience, recipe.sampling, recipe.loss, recipe.size, recipe.lr) == (
        "image_transfer", 4, 0.5, "cosine", 64, 0.001,
    )  # fmt: skip
    held.tools = {}
    assert recipe_for("image", policy=held).size == 112, "a packaged network sees what it was made for"
    held.tools, held.recipe_kind = {"patience": 4, "size": 64}, ""
    assert recipe_for("image", policy=held) == recipe_for("image"), "a head has neither patience nor a size"
    for field, value, reason in (
        ("tool_patience", "2.5", "whole number"), ("tool_size", "4", "from 16 to 256"), ("tool_lr", "much", "number"),
    ):  # fmt: skip
        refused = signed_in(alice).post(url, values | {field: value}).content.decode()
        assert reason in refused
        assert '<details class="fold" open>' in refused
    api = signed_in(alice).put(
        f"/api/v1/projects/{project.slug}/retrain-policy", {"tools": {"seeds": 3}}, content_type="application/json"
    )
    assert api.status_code == 400
    assert "seeds" in api.content.decode()


@pytest.mark.django_db
def test_outsiders_find_nothing_and_annotators_may_not_look(alice: User, bob: User, charlie: User) -> None:
    project = make_project(alice)
    add(project, bob)
    start_run(actor=alice, project=project, trigger=Trigger.OWNER)
    for rest in ("", "/settings", "/runs/1", "/runs/1/live", "/runs/1/events", "/runs/1/files/why/1.png"):
        assert signed_in(charlie).get(f"/p/{project.slug}/model{rest}").status_code == 404
        assert signed_in(bob).get(f"/p/{project.slug}/model{rest}").status_code == 403
    for rest in ("/start", "/roll-back", "/runs/1/cancel", "/versions/1/promote", "/runs/1/why"):
        assert signed_in(charlie).post(f"/p/{project.slug}/model{rest}").status_code == 404
        assert signed_in(bob).post(f"/p/{project.slug}/model{rest}").status_code == 403
        assert signed_in(alice).get(f"/p/{project.slug}/model{rest}").status_code == 405
    assert Run.objects.get().state == "queued"


@pytest.fixture
def trained(alice: User) -> Project:
    """A project whose first model was promoted."""
    project = pictured_project(alice, 36)
    answer_all(project, *people(project, "bob", "dora"))
    execute(run_id=start_run(actor=alice, project=project, trigger=Trigger.OWNER).pk)
    return project


@pytest.mark.django_db(transaction=True)
def test_a_finished_run_shows_figures_and_both_tables(trained: Project, alice: User) -> None:
    page = signed_in(alice).get(f"/p/{trained.slug}/model/runs/1").content.decode()
    assert page.count('<table class="matrix">') == 3, "the model's, that of the training, and people's"
    assert page.count("right when said") == 3
    run = Run.objects.get(project=trained)
    assert sum(map(sum, run.report["people"])) == 2 * len(heldout_ids(trained))
    assert "at a temperature of" in page
    assert f"on {len(heldout_ids(trained))} items" in page
    assert "Freezing the labels" in page
    assert b"Model 1 speaks" in signed_in(alice).get(f"/p/{trained.slug}/model").content


@pytest.mark.django_db(transaction=True)
def test_promoting_by_hand_changes_whose_suggestions_are_shown(trained: Project, alice: User) -> None:
    first = promoted(trained)
    assert first is not None
    trained.model_versions.create(
        number=2, state="rejected", recipe=first.recipe, artefact=first.artefact, label_ids=first.label_ids,
        metrics=first.metrics,
    )  # fmt: skip
    signed_in(alice).post(f"/p/{trained.slug}/model/versions/2/promote")
    fill(project=trained)
    items = list(heldout_ids(trained))
    assert {row.model_version.number for row in current(trained, items).values()} == {2}
    signed_in(alice).post(f"/p/{trained.slug}/model/roll-back")
    assert {row.model_version.number for row in current(trained, items).values()} == {1}


def test_the_matrix_shades_by_row_and_never_hides_a_count() -> None:
    table = lines(["cat", "dog"], [[99, 1], [0, 0]])
    assert [cell.heat for cell in table[0].cells] == [10, 1]
    assert table[0].recall == 0.99
    assert table[1].recall is None
    assert [cell.heat for cell in table[1].cells] == [0, 0]
