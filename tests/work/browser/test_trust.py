"""A suggestion after a first glance, and the verified items that look alike, before a real browser."""

from collections.abc import Callable
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.utils import timezone
from playwright.sync_api import BrowserContext, expect

from labeling.annotations.models import Annotation
from labeling.assignments.actions import set_showing
from labeling.consensus.models import Consensus
from labeling.embeddings.models import Embedding
from labeling.embeddings.reads import backbone_of
from labeling.projects.models import Label, Project
from tests.work.browser.conftest import Seat, bring, drawn
from tests.work.browser.test_shown import AXE, PHONE, suggested

__all__ = ["suggested"]
pytestmark = pytest.mark.browser


def test_the_suggestion_comes_after_a_glance_and_enter_accepts_nothing_before(
    seat: Seat, bob: User, suggested: Project
) -> None:
    set_showing(actor=None, project=suggested, user=bob, manner="glance", glance_ms=1500)
    page = seat(bob, suggested)
    item = page.wait()
    expect(page.page.locator(".choice.suggested")).to_have_count(0)
    page.press("Enter")
    assert page.item == item
    expect(page.page.locator(".choice.suggested")).to_have_text("4 three")
    expect(page.page.locator("#opinion")).to_contain_text("Model 3 suggests three")
    assert page.answer("Enter") == item
    page.outbox("all sent")
    row = Annotation.objects.get()
    assert (row.suggestion is not None, row.milliseconds >= 1500) == (True, True)


def alike(project: Project) -> None:
    """Four verified pictures among which the others lie."""
    three = Label.objects.get(project=project, name="three")
    known = bring(project, {f"known{step}.png": drawn(3, 40 + step) for step in range(4)})
    for place, item in enumerate([*known, *project.items.exclude(pk__in=[one.pk for one in known])]):
        vector = [1.0, place / 10]
        Embedding.objects.create(blob_id=item.blob_id, backbone=backbone_of(project), vector=vector)
    for item in known:
        type(item).objects.filter(pk=item.pk).update(admitted_at=timezone.now())
        Consensus.objects.create(
            item=item, project=project, probabilities=[1.0], label=three, confidence=0.99, answers=2,
            verdict="verified", verified_at=timezone.now(),
        )  # fmt: skip


@pytest.mark.parametrize(("size", "scheme"), [("wide", "light"), ("phone", "dark")])
def test_w_shows_what_looks_alike_and_the_next_item_closes_it(
    size: str, scheme: str, seat: Seat, bob: User, suggested: Project, device: Callable[..., BrowserContext],
    shots: Path,
) -> None:  # fmt: skip
    alike(suggested)
    options = PHONE if size == "phone" else {}
    page = seat(bob, suggested, context=device(**options, color_scheme=scheme, bypass_csp=True))
    page.wait()
    page.press("w")
    expect(page.page.locator("#alike-list li")).to_have_count(4)
    expect(page.page.locator("#alike-words")).to_contain_text("The model suggests three")
    page.page.screenshot(path=shots / f"label-panel-alike-{size}-{scheme}.png")
    page.page.evaluate(AXE.read_text())
    found = page.page.evaluate("axe.run().then(found => found.violations)")
    assert [(one["id"], one["nodes"][0]["html"]) for one in found] == []
    page.answer("4")
    expect(page.page.locator("#panel-alike")).to_be_hidden()


def test_a_blind_item_has_nothing_to_explain(seat: Seat, bob: User, suggested: Project) -> None:
    alike(suggested)
    Project.objects.update(blind_share=1.0)
    page = seat(bob, suggested)
    page.wait()
    page.press("w")
    expect(page.page.locator("#alike-words")).to_have_text("There is no suggestion in view to explain.")
    expect(page.page.locator("#alike-list li")).to_have_count(0)
