"""What remains and when it is done, what answers bought, what the model learnt, and why an item is asked."""

from datetime import timedelta

import numpy as np
import pytest
from django.contrib.auth.models import User
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from labeling.assignments.actions import admit_ready
from labeling.consensus.actions import requeue
from labeling.consensus.models import Consensus
from labeling.registry.models import ModelVersion
from labeling.studio.cost_curve import cost_curve, fixed_votes
from labeling.studio.forecast import forecast, hours_left
from labeling.studio.learnt import learnt
from labeling.work.why import why
from ml.truth.tally import assumed
from tests.consensus.test_consensus import say
from tests.consensus.test_discount import people
from tests.consensus.test_early import audited, modelled
from tests.factories import make_items, make_project
from tests.looks import Visit, chromium, look, visit

__all__ = ["chromium", "visit"]


def test_a_steady_pace_is_foretold_within_its_interval() -> None:
    inside = []
    for seed in range(40):
        rng = np.random.default_rng(seed)
        settled = np.where(rng.random(72) < 0.4, rng.poisson(50, 72), 0)  # busy in two hours of five
        middle, low, high = hours_left(2000, settled, seed=seed)
        assert low < middle < high
        inside.append(low <= 2000 / 20 <= high)
    assert np.mean(inside) >= 0.85


def test_no_pace_foretells_nothing() -> None:
    assert hours_left(10, np.zeros(5, np.int64), seed=0)[0] == float("inf")


def test_three_votes_are_right_as_often_as_by_hand() -> None:
    fit = assumed(2, 5, difficulty=False)
    right = float(fit.pooled[0, 0] / fit.pooled[0, :2].sum())
    votes = fixed_votes(fit, seed=1)
    assert votes[0] == pytest.approx(right, abs=0.02)
    assert votes[2] == pytest.approx(right**3 + 3 * right**2 * (1 - right), abs=0.02)


@pytest.mark.django_db
def test_the_forecast_counts_hours_without_work_too(alice: User) -> None:
    project, crowd = people(alice, 2)
    items = make_items(project, 12)
    admit_ready(project=project)
    for item in items[:8]:
        say(item, crowd[0], "cat")
        say(item, crowd[1], "cat")
    assert forecast(project).done_at is None  # an hour proves nothing
    Consensus.objects.filter(item__in=items[:4]).update(verified_at=timezone.now() - timedelta(hours=9, minutes=30))
    told = forecast(project)
    assert (told.left, told.hours in (10, 11)) == (4, True)
    assert told.done_at is not None
    assert told.earliest is not None
    assert told.earliest < told.done_at


@pytest.mark.django_db
def test_curve_and_reasons_of_a_project_with_a_model(alice: User, bob: User) -> None:
    cache.clear()
    project, _, rest = modelled(alice, errors=0.05, known_errors=0.0)
    curve = cost_curve(project)
    assert curve is not None
    assert curve.ours[0].answers == 0
    assert curve.ours[-1].accuracy > curve.ours[0].accuracy
    assert [dot.answers for dot in curve.fixed] == [1, 2, 3]
    assert curve.fixed[2].accuracy > curve.fixed[0].accuracy
    [unseen] = why(project, rest[:1])[rest[0]]
    assert "the model says" in unseen
    requeue(actor=alice, project=project, item_ids=[rest[1]])
    assert "once more" in why(project, [rest[1]])[rest[1]][0]
    client = Client()
    client.force_login(alice)
    assert b"Why it is asked" in client.get(f"/p/{project.slug}/items/{rest[0]}/history").content


@pytest.mark.django_db
def test_two_models_are_compared_class_by_class(alice: User) -> None:
    project = make_project(alice)
    assert learnt(project) is None
    for number, state, confusion in ((1, "retired", [[5, 5], [1, 9]]), (2, "promoted", [[9, 1], [2, 8]])):
        metrics = {"accuracy": 0.7, "low": 0.5, "high": 0.9, "items": 20, "classes": ["cat", "dog"]}
        ModelVersion.objects.create(
            project=project, number=number, state=state, recipe={}, artefact="", label_ids=[],
            metrics=metrics | {"confusion": confusion}, promoted_at=timezone.now() - timedelta(days=20 - number),
        )  # fmt: skip
    told = learnt(project)
    assert told is not None
    assert [(row.name, round(row.change, 3)) for row in told.better] == [("cat", 0.4)]
    assert [(row.name, round(row.change, 3)) for row in told.worse] == [("dog", -0.1)]


@pytest.mark.django_db
def test_finishing_early_is_the_owner_s_switch_alone(alice: User, bob: User, charlie: User) -> None:
    project = make_project(alice)
    project.members.create(user=bob, role="annotator")
    api, page = f"/api/v1/projects/{project.slug}/early", f"/p/{project.slug}/early"
    owner, annotator, outsider = Client(), Client(), Client()
    for client, user in ((owner, alice), (annotator, bob), (outsider, charlie)):
        client.force_login(user)
    for path in (api, page):
        assert (annotator.get(path).status_code, outsider.get(path).status_code) == (403, 404)
    assert owner.get(api).json() == {"enabled": False, "risk": 0.05, "finished": 0, "audits": []}
    on = {"enabled": True, "risk": 0.1}
    assert owner.put(api, on, content_type="application/json").json()["enabled"] is True
    assert owner.put(api, on | {"risk": 0.9}, content_type="application/json").status_code == 400
    assert owner.post(page, {"risk": "0.1"}).status_code == 302
    assert owner.get(api).json()["enabled"] is False


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_outlook_and_early_pages_look(visit: Visit, alice: User) -> None:
    cache.clear()
    project, crowd, _rest = modelled(alice, errors=0.02, known_errors=0.0)
    Consensus.objects.filter(project=project).update(verified_at=timezone.now() - timedelta(hours=5))
    page = visit(f"/p/{project.slug}/early", alice)
    page.get_by_label("Finish items early where an audit bears it out").focus()
    page.keyboard.press("Space")
    page.keyboard.press("Enter")
    page.get_by_role("status").wait_for()
    assert audited(project, crowd).state == "passed"
    look(visit(f"/p/{project.slug}/early", alice), "early")
    look(visit(f"/p/{project.slug}/", alice), "overview-outlook")
