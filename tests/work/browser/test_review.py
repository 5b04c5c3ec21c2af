"""The review page by keyboard: disputed items with what was said, decided, taken back, put off."""

from collections.abc import Callable

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import BrowserContext, expect
from pytest_django.live_server_helper import LiveServer

from labeling.assignments.actions import admit_ready
from labeling.consensus.actions import refit
from labeling.consensus.models import Consensus, Verdict
from labeling.items.models import Item
from labeling.projects.models import Label, Project
from tests.consensus.test_consensus import say, suggest
from tests.factories import add, make_project, make_user
from tests.looks import look
from tests.work.browser.conftest import bring, drawn, sign_in
from tests.work.browser.labeling_page import LabelingPage


@pytest.fixture
def disputed(transactional_db: None, alice: User, bob: User) -> Project:
    """Four pictures about which bob and dora disagree, after a dozen about which they agree."""
    project = make_project(alice, classes=("one", "seven", "four"), name="Digits", question="Which digit is this?")
    Project.objects.filter(pk=project.pk).update(heldout_share=0)
    project.refresh_from_db()
    dora = make_user("dora")
    add(project, bob)
    add(project, dora)
    items = bring(project, {f"{step}.png": drawn((1, 7, 4)[step % 3], step) for step in range(16)})
    Item.objects.update(heldout=False)
    admit_ready(project=project)
    for place, item in enumerate(items):
        name = ("one", "seven", "four")[place % 3]
        say(item, bob, name)
        say(item, dora, name if place < 12 else "four" if name != "four" else "one")
    refit(project=project)
    for item in Item.objects.all():
        suggest(item, "one", 0.83)
    return project


@pytest.fixture
def before(
    live_server: LiveServer, device: Callable[..., BrowserContext], disputed: Project, alice: User
) -> LabelingPage:
    """Alice before the review page."""
    context = device()
    sign_in(context, live_server.url, alice)
    page = LabelingPage(context.new_page(), f"{live_server.url}/p/{disputed.slug}/review", disputed)
    page.open()
    return page


def waiting(project: Project) -> int:
    return Consensus.objects.filter(project=project, verdict=Verdict.DISPUTED).count()


def test_expert_sees_who_said_what_and_decides_by_key(before: LabelingPage, disputed: Project) -> None:
    first, count = before.wait(), waiting(disputed)
    assert set(Consensus.objects.filter(verdict=Verdict.DISPUTED).values_list("pk", flat=True)) >= {first}
    expect(before.page.locator("#said li")).to_have_count(2)
    expect(before.page.locator("#said li").first).to_contain_text("bob")
    expect(before.page.locator("#said li").first).to_contain_text("of such answers, measured on")
    expect(before.page.locator("#thinks")).to_contain_text("Model 1 suggests")
    expect(before.page.locator("#left")).to_have_text(f"{count} disputed")
    look(before.page, "review")
    before.wait()
    key = Label.objects.get(project=disputed, name="four").key
    before.press(key)
    before.until("another", first)
    before.outbox("all sent")
    expect(before.page.locator("#left")).to_have_text(f"{count - 1} disputed")
    row = Consensus.objects.get(pk=first)
    assert (row.verdict, row.by_expert, row.label.name) == (Verdict.VERIFIED, True, "four")
    before.wait()
    before.press("z")
    before.until("item", first)
    before.outbox("all sent")
    assert not Consensus.objects.get(pk=first).by_expert


def test_next_and_previous_put_items_off_without_losing_any(before: LabelingPage) -> None:
    first = before.wait()
    before.page.wait_for_load_state("networkidle")
    before.press("j")
    before.until("another", first)
    second = before.wait()
    before.press("ArrowRight")
    before.until("another", second)
    third = before.wait()
    assert len({first, second, third}) == 3
    before.press("ArrowLeft")
    before.until("item", second)
    before.wait()
    before.press("k")
    before.until("item", first)
    assert Consensus.objects.filter(by_expert=True).count() == 0


def test_page_without_disputes_says_what_it_is_for(before: LabelingPage, disputed: Project) -> None:
    last = 0
    for _ in range(waiting(disputed)):
        last = before.answer("1")
    expect(before.page.locator("#stage h2")).to_have_text("Nothing is disputed")
    before.outbox("all sent")
    assert Consensus.objects.get(pk=last).by_expert
    look(before.page, "review-empty")
