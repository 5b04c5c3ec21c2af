"""From two drafts to a graduated guideline and annotators working under it, in Chromium, through the real front.

The README's worked example is this story: its pictures are the ones that `look` keeps.
"""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.test import Client
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from labeling.annotations.models import Annotation
from labeling.demo.digits import scans
from labeling.demo.input import SCANS
from labeling.items.actions import add_file
from labeling.oz.models import Experiment, Feedback, Handover, Input, Inquiry, Judgement, Showing, Variant
from labeling.projects.models import Project
from tests.factories import add, make_project
from tests.front import fronted
from tests.looks import chromium, look
from tests.oz.conftest import picture
from tests.work.browser.labeling_page import LabelingPage

__all__ = ["chromium", "fronted"]
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
# Real handwritten digits by class and place: those at 2 and 5 are read as others, that at 6 by some.
DIGITS = ((2, 29), (0, 235), (4, 105), (8, 19), (5, 243), (4, 157), (7, 125), (7, 223))
INPUTS = len(DIGITS)
SIZE = 140  # px
GOAL = "Ask people to write a digit again, but only where it would be read as another."
QUESTIONS = {"A": "Is this digit neatly written?", "B": "Could somebody take this for another digit?"}
CLASSES = {"A": "untidy\nneat", "B": "yes\nno"}
RULES = {
    "A": "Go by **rule A**: a neat digit looks regular and well proportioned.",
    "B": "Go by **rule B**: say yes where you had to look twice, and where a stroke that *decides* is missing.",
}
# Where each wizard presses 1: about neatness they have each a taste of their own, about mistaking all but one mind.
FIRST = {"wanda": {"A": {0, 2, 4, 6}, "B": {2, 5}}, "willy": {"A": {2, 3, 5}, "B": {2, 5, 6}}}
Open = Callable[[User, str], Page]


@pytest.fixture
def open_as(fronted: str, chromium: Browser) -> Iterator[Open]:
    """A browser of one's own, signed in; complaints of the page fail the test."""
    contexts, complaints = [], list[str]()

    def go(user: User, path: str) -> Page:
        context = chromium.new_context(viewport={"width": 1280, "height": 800})
        contexts.append(context)
        client = Client()
        client.force_login(user)
        context.add_cookies([{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": fronted}])
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda line: complaints.append(line.text) if "Security Policy" in line.text else None)
        page.goto(fronted + path)
        return page

    yield go
    for context in contexts:
        context.close()
    assert complaints == []


def draft(owner: Page, base: str, files: list[Path]) -> None:
    """The owner's part before it runs, all by forms."""
    owner.get_by_label("Name").fill("Write it again?")
    owner.get_by_label("Goal").fill(GOAL)
    owner.get_by_role("button", name="Draft it").click()
    for letter, classes in CLASSES.items():
        owner.get_by_label("Question").fill(QUESTIONS[letter])
        owner.get_by_label("Answers, one a line").fill(classes)
        owner.get_by_label("Rule").fill(RULES[letter])
        owner.get_by_role("button", name="Add this variant").click()
        expect(owner.get_by_text(f"Variant {letter} is written.")).to_be_visible()
    for name in ("wanda", "willy", "bob", "rita", "ron"):
        part = "Wizard" if name in ("wanda", "willy") else "End user"
        owner.get_by_label("Who", exact=True).select_option(name)
        owner.get_by_label("Part", exact=True).select_option(part)
        owner.get_by_role("button", name="Add", exact=True).click()
        expect(owner.get_by_text(f"{name} takes part: {part}.")).to_be_visible()
    owner.get_by_label("Files").set_input_files(files)
    owner.get_by_role("button", name="Bring them in").click()
    expect(owner.get_by_text(f"{INPUTS} files are in.")).to_be_visible()


def work_off(console: Page, wizard: str, order: list[int]) -> None:
    """Answer by key what waits for this wizard, each by the rule that is in view."""
    for _ in range(2 * INPUTS):
        inquiry = settled(console)
        shown = console.locator("[data-rule]:not([hidden])")
        letter = str(shown.get_attribute("data-rule"))
        expect(shown).to_contain_text(f"rule {letter}")
        address = str(console.locator("#stage img").get_attribute("src"))
        place = order.index(int(address.split("/")[-2]))
        console.keyboard.press("1" if place in FIRST[wizard][letter] else "2")
        expect(console.locator(f"body[data-inquiry='{inquiry}']")).to_have_count(0)


def settled(console: Page) -> str:
    """Wait until something is asked; its id."""
    expect(console.locator("body[data-state=settled]")).to_have_count(1)
    return str(console.locator("body").get_attribute("data-inquiry"))


@pytest.fixture
def project(transactional_db: None, alice: User, bob: User, wanda: User, willy: User) -> Project:
    """A project whose owner has the wrong question."""
    made = make_project(alice, name="Order forms", question=QUESTIONS["A"], classes=("neat", "untidy"), text="")
    for user in (bob, wanda, willy):
        add(made, user)
    return made


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    """The digits, ink on paper, as large as a phone would send them."""
    made = []
    for place, (digit, number) in enumerate(DIGITS):
        made.append(tmp_path / f"form-{place}.png")
        scan = Image.fromarray(255 - scans(SCANS, digit)[number])
        scan.resize((SIZE, SIZE), Image.Resampling.LANCZOS).save(made[-1])
    return made


def test_two_wizards_three_end_users_and_then_annotators(
    open_as: Open, project: Project, alice: User, bob: User, wanda: User, willy: User,
    person: Callable[[str], User], files: list[Path],
) -> None:
    raters = [bob, person("rita"), person("ron")]
    for rater in raters[1:]:
        add(project, rater)
    base = f"/p/{project.slug}/experiments"
    owner = open_as(alice, base)
    look(owner, "oz-experiments-empty")
    draft(owner, base, files)
    look(owner, "oz-draft")
    owner.get_by_role("button", name="Start", exact=True).click()
    expect(owner.get_by_text("It runs: wizards may come on duty")).to_be_visible()

    first, second = open_as(wanda, f"{base}/1/console"), open_as(willy, f"{base}/1/console")
    expect(first.get_by_text("on duty, live")).to_be_visible()
    order = list(Input.objects.order_by("pk").values_list("pk", flat=True))
    settled(first)
    look(first, "oz-console")
    work_off(first, "wanda", order)
    work_off(second, "willy", order)
    expect(first.get_by_text("Nothing waits.")).to_be_visible()

    caller = open_as(bob, f"/p/{project.slug}/try")
    caller.get_by_label("File", exact=True).set_input_files(files[:1])
    caller.get_by_role("button", name="Ask", exact=True).click()
    wizard = caught(first, second)
    wizard.close()  # with the call before it: somebody else gets it at once
    other = second if wizard is first else first
    settled(other)
    other.keyboard.press("1")
    expect(caller.locator("#label")).to_have_text(first_answer())
    caller.get_by_label("Yes", exact=True).check()
    look(caller, "oz-try")
    caller.get_by_role("button", name="Send").click()
    expect(caller.get_by_text("Your feedback is kept.")).to_be_visible()
    assert Handover.objects.filter(reason="left").count() == 1
    assert Feedback.objects.get().useful is True

    for rater in raters:
        page = open_as(rater, f"{base}/1/rate")
        page.get_by_role("button", name="Begin").click()
        expect(page.get_by_role("heading", name="Left")).to_be_visible()
        assert not any(question in page.content() for question in QUESTIONS.values()), "blind to the variant"
        if rater == bob:
            page.wait_for_load_state("networkidle")
            look(page, "oz-rate")
        page.get_by_label("In your words").fill("This one asks for those I would have got wrong too")
        page.get_by_label("In your words").press("Tab")
        page.keyboard.press("1" if left_is("B", rater) else "3")
        expect(page.get_by_text("You have judged all there is.")).to_be_visible()
    assert {row.choice.letter for row in Judgement.objects.all() if row.choice} == {"B"}

    owner.goto(owner.url)
    expect(owner.get_by_text("0 won, 3 lost, 0 tied")).to_be_visible()
    owner.wait_for_load_state("networkidle")
    look(owner, "oz-running")
    owner.get_by_label("Variant", exact=True).select_option("B")
    owner.get_by_label("Why it won").fill("Wizards cannot agree on what is neat, and end users want B's.")
    owner.get_by_role("button", name="Graduate").click()
    expect(owner.get_by_text("version 2 of the guideline holds")).to_be_visible()
    owner.get_by_placeholder("because …").fill("A 7 whose top bends down is read as 1.")
    owner.get_by_role("button", name="Decide").click()
    expect(owner.get_by_text("it is an example of the guideline now")).to_be_visible()
    look(owner, "oz-graduated")
    expect(other.get_by_text("You are not on duty")).to_be_visible()

    for seed in (50, 51):
        add_file(actor=alice, project=project, name=f"new {seed}.png", data=picture(seed))
    annotator = open_as(bob, f"/p/{project.slug}/label")
    expect(annotator.get_by_role("heading", level=1)).to_have_text(QUESTIONS["B"])
    expect(annotator.get_by_role("button", name="yes")).to_be_visible()
    desk = LabelingPage(annotator, annotator.url, project)
    desk.answer("1")
    desk.outbox("all sent")
    number = Experiment.objects.get().guideline_number or 0
    under = Annotation.objects.filter(project=project, guideline_version__number=number)
    assert under.count() == 2 * INPUTS
    assert Annotation.objects.get(user=bob).guideline_version.number > number, "the example was a version too"


def caught(*consoles: Page) -> Page:
    """The console on which the call came up."""
    while True:
        for console in consoles:
            if console.locator("body[data-state=settled]").count():
                return console
        consoles[0].wait_for_timeout(50)


def first_answer() -> str:
    """The first class of the variant that the call fell to."""
    variant = Inquiry.objects.get(caller__isnull=False).variant
    assert variant is not None
    return str(variant.classes[0]["name"])


def left_is(letter: str, rater: User) -> bool:
    """Whether this variant stands on the left for this rater."""
    showing = Showing.objects.get(rater=rater)
    variant = Variant.objects.get(letter=letter)
    return (showing.first_id == variant.pk) == showing.first_left
