"""What is shown: the model's opinion as its own, the confirm question, sounds heard first, and the looks."""

import re
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import BrowserContext, expect

from labeling.annotations.models import Annotation
from labeling.assignments.models import Lease, LeaseState
from labeling.guidelines.actions import edit
from labeling.items.models import Item
from labeling.projects.models import Project
from labeling.registry.models import ModelState, ModelVersion
from labeling.suggestions.models import Suggestion
from tests.factories import add, make_project
from tests.work.browser.conftest import DIGITS, Seat, bring, drawn, tone

pytestmark = pytest.mark.browser

AXE = Path(__file__).resolve().parents[3] / "node_modules" / "axe-core" / "axe.min.js"
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True, "device_scale_factor": 2}


# What moved without the person having asked for it, in the last seconds.
SHIFTS = """() => new Promise((resolve) => {
  const told = (one) => one.sources.map((source) => `${source.node?.id || source.node?.nodeName} ${one.value}`);
  const observer = new PerformanceObserver((list) => resolve(list.getEntries().flatMap(told)));
  observer.observe({ type: "layout-shift", buffered: true });
  setTimeout(() => resolve([]), 300);
})"""


# A driven browser plays whatever it is asked to; this is what others do until the first key or tap.
STRICT = """let asked = false;
addEventListener("keydown", () => { asked = true; }, true);
const play = HTMLMediaElement.prototype.play;
HTMLMediaElement.prototype.play = function () {
  if (asked) return play.call(this);
  return Promise.reject(new DOMException("play() failed because the user has not interacted", "NotAllowedError"));
};"""


def suggest(project: Project, items: list[Item], name: str, confidence: float) -> None:
    """Let a promoted model say this of the items."""
    labels = list(project.labels.filter(role="class"))
    label = next(label for label in labels if label.name == name)
    model = ModelVersion.objects.create(
        project=project, number=3, state=ModelState.PROMOTED, recipe={}, artefact="", label_ids=[x.pk for x in labels]
    )
    rest = (1 - confidence) / (len(labels) - 1)
    for item in items:
        Suggestion.objects.create(
            item=item, model_version=model, label=label, confidence=confidence, out_of_fold=False,
            probabilities=[confidence if one == label else rest for one in labels],
        )  # fmt: skip


@pytest.fixture
def suggested(transactional_db: None, alice: User, bob: User) -> Project:
    """Pictures of a three, of which the model is fairly sure."""
    project = make_project(
        alice, classes=DIGITS, name="Digits", question="Which digit is this?", with_none=True, blind_share=0.0,
        heldout_share=0.0,
    )  # fmt: skip
    add(project, bob)
    suggest(project, bring(project, {f"{step}.png": drawn(3, step) for step in range(8)}), "three", 0.83)
    return project


@pytest.fixture
def claims(transactional_db: None, alice: User, bob: User) -> Project:
    """Pictures that a file supposes to be threes."""
    project = make_project(
        alice, classes=DIGITS, name="Digits", question="Is the label right?", mode="confirm", with_none=True,
        heldout_share=0.0,
    )  # fmt: skip
    add(project, bob)
    bring(project, {f"{step}.png": drawn(3, step) for step in range(8)}, supposed="three")
    return project


def test_the_suggestion_is_marked_and_enter_accepts_it(seat: Seat, bob: User, suggested: Project) -> None:
    page = seat(bob, suggested)
    page.wait()
    marked = page.page.locator(".choice.suggested")
    expect(marked).to_have_text("4 three")
    expect(page.page.locator("#opinion")).to_have_text("Model 3 suggests three: fairly sure, 83%")
    item = page.answer("Enter")
    page.outbox("all sent")
    row = Annotation.objects.get()
    assert (row.item_id, row.label and row.label.name, row.suggestion is not None) == (item, "three", True)


def test_a_blind_item_looks_the_same_without_the_mark(seat: Seat, bob: User, suggested: Project) -> None:
    page = seat(bob, suggested)
    page.wait()
    order = page.page.locator(".choice").all_inner_texts()
    Project.objects.update(blind_share=1.0)
    page.open()
    page.wait()
    assert page.page.locator(".choice").all_inner_texts() == order
    expect(page.page.locator(".choice.suggested")).to_have_count(0)
    item = page.item
    page.press("Enter")
    assert page.answer("1") == item


def test_confirm_by_yes_no_and_another_class(seat: Seat, bob: User, claims: Project) -> None:
    page = seat(bob, claims)
    page.wait()
    expect(page.page.locator("#claim")).to_contain_text("Is this “three”? supposed by manifest")
    said = {page.answer("y"): "yes", page.answer("Enter"): "yes", page.answer("n"): "no", page.answer("8"): "seven"}
    page.outbox("all sent")
    three = page.label("three").pk
    for row in Annotation.objects.select_related("label"):
        expected = {"yes": (three, None), "no": (None, three), "seven": (page.label("seven").pk, None)}
        assert (row.label_id, row.rejected_id) == expected[said[row.item_id]]
    assert len(said) == Annotation.objects.count() == 4


def test_a_sound_cannot_be_judged_before_it_was_heard(seat: Seat, bob: User, alice: User) -> None:
    project = make_project(alice, "sound", classes=("low", "high"), name="Tones", question="How high is it?")
    add(project, bob)
    bring(project, {f"{step}.wav": tone(step, seconds=2.0) for step in range(3)})
    page = seat(bob, project)
    page.until("settled")
    item = page.item
    page.press("1")
    page.page.locator("#classes .choice").first.click()
    expect(page.page.locator("#hint")).to_have_text("listen to the end before you answer")
    assert page.item == item
    assert page.answer("1") == item
    page.outbox("all sent")
    assert Annotation.objects.get().item_id == item


def test_space_plays_again(seat: Seat, bob: User, tones: Project) -> None:
    page = seat(bob, tones)
    page.wait()
    expect(page.page.locator(".sound-state")).to_contain_text("0:00.4 / 0:00.4")
    page.press(" ")
    expect(page.page.locator(".sound-state")).to_contain_text(re.compile(r"0:00\.[0-3] / 0:00\.4"))
    expect(page.page.locator(".sound-state")).to_contain_text("0:00.4 / 0:00.4")


def test_a_browser_that_plays_nothing_unasked_says_so(
    seat: Seat, bob: User, tones: Project, device: Callable[..., BrowserContext]
) -> None:
    context = device()
    context.add_init_script(STRICT)
    page = seat(bob, tones, context=context)
    expect(page.page.locator("#hint")).to_contain_text("Press Space or tap “play again”")
    item = page.item
    page.press(" ")
    assert page.answer("2") == item
    page.outbox("all sent")
    assert [(row.item_id, row.label and row.label.name) for row in Annotation.objects.all()] == [(item, "high")]


def test_a_new_guideline_is_shown_before_its_first_item(
    seat: Seat, bob: User, alice: User, digits: Project
) -> None:
    page = seat(bob, digits)
    page.wait()
    edit(actor=alice, project=digits, base_number=1, question="Which figure is this?", text="A crossed 7 is a 7.")
    question = page.page.locator(".question")
    for _ in range(5):  # the items in hand, claimed under version 1
        page.answer("1")
        page.outbox("all sent")
        expect(question).to_have_text("Which digit is this?")
    page.wait()
    page.press("1")
    expect(question).to_have_text("Which figure is this?")
    expect(page.page.locator("#panel-guideline")).to_contain_text("A crossed 7 is a 7.")
    page.wait()
    lease = Lease.objects.filter(item=page.item, state=LeaseState.OPEN).get()
    assert lease.guideline_version.number == 2


def test_taps_on_a_phone(seat: Seat, bob: User, digits: Project, device: Callable[..., BrowserContext]) -> None:
    page = seat(bob, digits, context=device(**PHONE))
    item = page.wait()
    choice = page.page.get_by_role("button", name="four")
    box = choice.bounding_box()
    assert box is not None
    assert box["height"] >= 44
    choice.tap()
    page.page.touchscreen.tap(box["x"] + 20, box["y"] + 20)  # the second half of a double tap
    page.until("another", item)
    page.outbox("all sent")
    assert [(row.item_id, row.label and row.label.name) for row in Annotation.objects.all()] == [(item, "four")]
    page.page.get_by_role("button", name="More").tap()
    page.page.get_by_role("button", name="undo").tap()
    page.until("item", item)


def test_leases_are_given_back_when_the_tab_closes(seat: Seat, bob: User, digits: Project) -> None:
    page = seat(bob, digits)
    page.answer("1")
    page.outbox("all sent")
    assert Lease.objects.filter(state=LeaseState.OPEN).count() > 1
    page.page.goto("about:blank")
    patience = time.monotonic() + 20
    while Lease.objects.filter(state=LeaseState.OPEN).exists():
        assert time.monotonic() < patience, "leases are still held"
        page.page.wait_for_timeout(20)


def test_a_project_without_items_says_so(seat: Seat, bob: User, alice: User) -> None:
    project = make_project(alice, classes=("cat", "dog"), heldout_share=0.0)
    add(project, bob)
    page = seat(bob, project)
    expect(page.page.locator("#stage")).to_contain_text("Nothing to label yet")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", ["wide", "phone"])
@pytest.mark.parametrize("what", ["suggested", "claims", "tones"])
def test_looks(
    what: str, size: str, scheme: str, request: pytest.FixtureRequest, seat: Seat, bob: User,
    device: Callable[..., BrowserContext], shots: Path,
) -> None:  # fmt: skip
    project = request.getfixturevalue(what)
    options = PHONE if size == "phone" else {}
    page = seat(bob, project, context=device(**options, color_scheme=scheme, bypass_csp=True))
    page.wait()
    stage = page.page.locator("#stage").bounding_box()
    assert stage is not None
    assert size == "phone" or stage["height"] >= 800 * 2 / 3
    page.page.screenshot(path=shots / f"label-{what}-{size}-{scheme}.png")
    page.page.evaluate(AXE.read_text())
    found = page.page.evaluate("axe.run().then(found => found.violations)")
    assert [(one["id"], one["nodes"][0]["html"]) for one in found] == []


def test_nothing_moves(seat: Seat, bob: User, suggested: Project) -> None:
    page = seat(bob, suggested)
    for _ in range(4):
        page.answer("4")
    assert page.page.evaluate(SHIFTS) == []


@pytest.mark.parametrize(("size", "scheme"), [("wide", "light"), ("phone", "dark")])
def test_panels_look(
    size: str, scheme: str, seat: Seat, bob: User, suggested: Project, device: Callable[..., BrowserContext],
    shots: Path,
) -> None:  # fmt: skip
    options = PHONE if size == "phone" else {}
    page = seat(bob, suggested, context=device(**options, color_scheme=scheme, bypass_csp=True))
    page.wait()
    page.page.evaluate(AXE.read_text())
    for name, key in {"guideline": "g", "skip": "x", "keys": "?"}.items():
        page.press(key)
        expect(page.page.locator(f"#panel-{name}")).to_be_visible()
        page.page.screenshot(path=shots / f"label-panel-{name}-{size}-{scheme}.png")
        found = page.page.evaluate("axe.run().then(found => found.violations)")
        assert [(one["id"], one["nodes"][0]["html"]) for one in found] == []
