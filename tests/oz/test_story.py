"""From two drafts to a graduated guideline and annotators working under it, in Chromium, through the real front."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.test import Client
from playwright.sync_api import Browser, Page, expect

from labeling.annotations.models import Annotation
from labeling.oz.models import Experiment, Feedback, Handover, Inquiry, Judgement, Showing, Variant
from labeling.projects.models import Project
from tests.factories import add
from tests.front import fronted
from tests.looks import chromium, look
from tests.oz.conftest import picture

__all__ = ["chromium", "fronted"]
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
INPUTS = 4
QUESTIONS = {"A": "Is this a good photo?", "B": "Does this make you want to go there?"}
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
    owner.get_by_label("Name").fill("Cover photos")
    owner.get_by_label("Goal").fill("Photos that make people want to go there.")
    owner.get_by_role("button", name="Draft it").click()
    for letter, classes in (("A", "good\nbad"), ("B", "go\nstay")):
        owner.get_by_label("Question").fill(QUESTIONS[letter])
        owner.get_by_label("Answers, one a line").fill(classes)
        owner.get_by_label("Rule").fill(f"Go by **rule {letter}**.")
        owner.get_by_role("button", name="Add this variant").click()
        expect(owner.get_by_text(f"Variant {letter} is written.")).to_be_visible()
    for name in ("wanda", "willy", "bob", "rita", "ron"):
        part = "Wizard" if name in ("wanda", "willy") else "End user"
        owner.get_by_label("Who").select_option(name)
        owner.get_by_label("Part", exact=True).select_option(part)
        owner.get_by_role("button", name="Add", exact=True).click()
        expect(owner.get_by_text(f"{name} takes part: {part}.")).to_be_visible()
    owner.get_by_label("Files").set_input_files(files)
    owner.get_by_role("button", name="Bring them in").click()
    expect(owner.get_by_text(f"{INPUTS} files are in.")).to_be_visible()


def work_off(console: Page, says: dict[str, str], count: int) -> None:
    """Answer by key until nothing waits; each key by the variant whose rule is in view."""
    for _ in range(count):
        inquiry = settled(console)
        shown = console.locator("[data-rule]:not([hidden])")
        letter = shown.get_attribute("data-rule")
        expect(shown).to_contain_text(f"rule {letter}")
        console.keyboard.press(says[letter or ""])
        expect(console.locator(f"body[data-inquiry='{inquiry}']")).to_have_count(0)


def settled(console: Page) -> str:
    """Wait until something is asked; its id."""
    expect(console.locator("body[data-state=settled]")).to_have_count(1)
    return str(console.locator("body").get_attribute("data-inquiry"))


def test_two_wizards_three_end_users_and_then_annotators(
    open_as: Open, project: Project, alice: User, bob: User, wanda: User, willy: User,
    person: Callable[[str], User], tmp_path: Path,
) -> None:
    raters = [bob, person("rita"), person("ron")]
    for rater in raters[1:]:
        add(project, rater)
    files = []
    for seed in range(INPUTS):
        files.append(tmp_path / f"{seed}.png")
        files[-1].write_bytes(picture(seed))
    base = f"/p/{project.slug}/experiments"
    owner = open_as(alice, base)
    look(owner, "oz-experiments-empty")
    draft(owner, base, files)
    look(owner, "oz-draft")
    owner.get_by_role("button", name="Start", exact=True).click()
    expect(owner.get_by_text("It runs: wizards may come on duty")).to_be_visible()

    first, second = open_as(wanda, f"{base}/1/console"), open_as(willy, f"{base}/1/console")
    expect(first.get_by_text("on duty, live")).to_be_visible()
    settled(first)
    look(first, "oz-console")
    work_off(first, {"A": "1", "B": "1"}, 2 * INPUTS)
    work_off(second, {"A": "2", "B": "1"}, 2 * INPUTS)
    expect(first.get_by_text("Nothing waits.")).to_be_visible()

    caller = open_as(bob, f"/p/{project.slug}/try")
    caller.get_by_label("File").set_input_files(files[:1])
    caller.get_by_role("button", name="Ask", exact=True).click()
    wizard = caught(first, second)
    wizard.close()  # with the call before it: somebody else gets it at once
    other = second if wizard is first else first
    settled(other)
    other.keyboard.press("1")
    expect(caller.locator("#label")).to_have_text(first_answer())
    caller.get_by_label("Yes").check()
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
            look(page, "oz-rate")
        better = "Left" if left_is("B", rater) else "Right"
        page.get_by_label("In your words").fill("I would go there")
        page.get_by_role("button", name=better, exact=True).press("Enter")
        expect(page.get_by_text("You have judged all there is.")).to_be_visible()
    assert {row.choice.letter for row in Judgement.objects.all() if row.choice} == {"B"}

    owner.goto(owner.url)
    expect(owner.get_by_text("0 won, 3 lost, 0 tied")).to_be_visible()
    look(owner, "oz-running")
    owner.get_by_label("Variant").select_option("B")
    owner.get_by_label("Why it won").fill("All three would go there; nobody could say what a good photo is.")
    owner.get_by_role("button", name="Graduate").click()
    expect(owner.get_by_text("version 2 of the guideline holds")).to_be_visible()
    look(owner, "oz-graduated")
    expect(other.get_by_text("You are not on duty")).to_be_visible()

    annotator = open_as(bob, f"/p/{project.slug}/label")
    expect(annotator.get_by_role("heading", level=1)).to_have_text(QUESTIONS["B"])
    expect(annotator.get_by_role("button", name="stay")).to_be_visible()
    number = Experiment.objects.get().guideline_number
    assert Annotation.objects.filter(project=project, guideline_version__number=number).count() == 2 * INPUTS


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
