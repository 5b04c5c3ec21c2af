"""The pages of models and runs as people see them: wide and on a phone, light and dark, by keyboard."""

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import expect

from labeling.embeddings.actions import ensure
from labeling.items.models import Item
from labeling.registry.actions import promote, register, reject
from labeling.training import tasks
from labeling.training.actions import Trigger, start_run
from labeling.training.actions.execute import execute
from labeling.training.actions.warm import refit_head
from labeling.training.actions.why import explain_item
from labeling.training.models import Run
from ml.search import Trial
from ml.train import Recipe
from tests.factories import make_project
from tests.looks import Visit, look
from tests.training.material import answer_all, people, pictured_project

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

NET = Recipe(kind="image_cnn", folds=2, epochs=4, width=8, size=16, batch=16)


def test_the_pages_of_models_and_runs(alice: User, visit: Visit, monkeypatch: pytest.MonkeyPatch) -> None:
    project = pictured_project(alice, 60)
    ensure(project=project)
    answer_all(project, *people(project, "bob", "dora"))
    assert refit_head(actor=None, project=project).promoted
    for number, item in enumerate(Item.objects.filter(project=project)):
        item.metadata["source"] = ("mill", "harbour")[number % 2]
        item.save(update_fields=["metadata"])
    run = start_run(actor=alice, project=project, trigger=Trigger.OWNER)
    tried = [Trial(0, {}, 0.4, 0.0, 0.0, 0.9, 2.0), Trial(1, {"lr": 0.001}, 0.3, 0.1, 0.02, 0.95, 2.1),
             Trial(2, {"batch": 9}, seconds=0.1, reason="Too small.")]  # fmt: skip
    rows = [{**trial.to_json(), "taken": trial.number == 1} for trial in tried]
    Run.objects.filter(pk=run.pk).update(recipe=NET.to_json(), trials=rows)
    assert execute(run_id=run.pk).state == "done"
    base = f"/p/{project.slug}/model"
    page = visit(f"{base}/runs/2", alice)
    expect(page.locator("[data-chart=curve] canvas")).to_be_visible()
    expect(page.locator("[data-chart=rate] canvas")).to_be_visible()
    expect(page.locator("[data-chart=probe] canvas")).to_be_visible()
    look(page, "training-run")
    for folded in ("Recipes tried", "Before it learnt", "What enters the model", "On parts of them"):
        page.locator("summary", has_text=folded).click()
    expect(page.get_by_role("row", name="lr 0.001")).to_contain_text("taken")
    look(page, "training-run-unfolded")
    first = page.get_by_role("img", name="as it enters").first
    first.scroll_into_view_if_needed()
    assert first.evaluate("image => image.naturalWidth") > 0
    monkeypatch.setattr(
        tasks.explain, "apply_async", lambda args, **_: explain_item(run_id=args[0], item_id=args[1])
    )
    page.get_by_label("Where does it look in another item").focus()
    page.keyboard.type(str(Item.objects.filter(project=project).values_list("pk", flat=True)[0]))
    page.keyboard.press("Enter")
    expect(page.get_by_alt_text("what is marked speaks for the class")).to_be_visible()
    look(page, "training-why")
    look(visit(base, alice), "training-model")
    look(visit(f"{base}/settings", alice), "training-settings")


def test_a_model_is_chosen_and_taken_back_by_the_keyboard_alone(alice: User, visit: Visit) -> None:
    project = make_project(alice)
    labels = [label.pk for label in project.labels.all()]
    figures = {"accuracy": 0.9, "low": 0.8, "high": 1.0, "items": 9, "baseline": 0.5, "trained_on": 20}
    first, _ = (
        register(actor=None, project=project, recipe={}, artefact="a", label_ids=labels, metrics=figures)
        for _ in range(2)
    )
    promote(actor=None, version=first)
    reject(actor=None, version=project.model_versions.get(number=2), reason="worse")
    page = visit(f"/p/{project.slug}/model", alice)
    for words, speaking in (("Let it speak", 2), ("Go back to model 1", 1)):
        for _ in range(60):
            page.keyboard.press("Tab")
            if page.evaluate("document.activeElement.innerText").startswith(words):
                break
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", name=f"Model {speaking} speaks")).to_be_visible()
