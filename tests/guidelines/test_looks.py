"""Every page of the room in Chromium: seen by axe, and used by keyboard alone."""

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import expect

from labeling.guidelines.actions import edit, publish_draft
from labeling.guidelines.reads import current, draft
from labeling.items.actions import add_file, derive_waiting
from labeling.projects.models import Project
from labeling.projects.reads import active_labels
from tests.factories import add, make_project
from tests.looks import Visit, look
from tests.pictures import png

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
TEXT = """## In doubt

- A **one** with a foot is still a *one*.
- A seven may be crossed.

> Judge the stroke, not the slant.

| looks like | is |
|---|---|
| open four | four |
"""


@pytest.fixture
def project(alice: User, bob: User) -> Project:
    made = make_project(
        alice, name="Handwritten digits", question="Which digit is this?", text=TEXT, with_none=True,
        classes=("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"),
    )  # fmt: skip
    add(made, bob)
    return made


def test_new_project(visit: Visit, alice: User) -> None:
    page = visit("/projects/new", alice)
    look(page, "project-new")
    page.get_by_label("Name").fill("Pets")
    page.get_by_label("Question").fill("Which animal?")
    page.get_by_label("Classes").fill("cat")
    page.get_by_role("button", name="Make the project").click()
    expect(page.get_by_text("at least two classes", exact=True)).to_be_visible()
    look(page, "project-new-refused")


def test_reading_and_versions(visit: Visit, alice: User, bob: User, project: Project) -> None:
    changed = TEXT.replace("crossed", "crossed, and a one never is").replace("> Judge the stroke, not the slant.\n", "")
    edit(actor=alice, project=project, base_number=1, text=changed, change="Crossed sevens")
    look(visit(f"/p/{project.slug}/guideline", bob), "guideline-annotator")
    look(visit(f"/p/{project.slug}/guideline", alice), "guideline")
    look(visit(f"/p/{project.slug}/guideline/versions", alice), "guideline-versions")
    look(visit(f"/p/{project.slug}/guideline/versions/2", alice), "guideline-diff")


def test_editing_by_keyboard_alone(visit: Visit, alice: User, project: Project) -> None:
    page = visit(f"/p/{project.slug}/guideline/edit", alice)
    look(page, "guideline-edit")
    page.get_by_role("button", name="Down: zero").focus()
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Retire: nine").focus()
    page.keyboard.press("Space")
    page.get_by_role("button", name="Another class").focus()
    page.keyboard.press("Enter")
    page.keyboard.type("ten")
    page.get_by_label("What changed, and why").focus()
    page.keyboard.type("Nine is gone")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Publish version 2")).to_be_visible()
    look(page, "guideline-publish")
    page.get_by_role("radio", name="Nothing but the wording").focus()
    page.keyboard.press("Space")
    page.keyboard.press("Enter")
    expect(page.get_by_text("no answer is put out of date")).to_be_visible()
    look(page, "guideline-cost")
    page.get_by_role("button", name="Publish version 2").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("Version 2 holds from now on.")).to_be_visible()
    names = [label.name for label in active_labels(project) if label.role == "class"]
    assert names == ["one", "zero", "two", "three", "four", "five", "six", "seven", "eight", "ten"]
    assert current(project).change == "Nine is gone"


def test_two_owners_see_both_texts(visit: Visit, alice: User, bob: User, project: Project) -> None:
    page = visit(f"/p/{project.slug}/guideline/edit", alice)
    page.get_by_role("textbox", name="Guideline").fill("Only the stroke counts.")
    edit(actor=bob, project=project, base_number=1, text="Only the slant counts.")
    expect(page.locator("#preview")).to_have_text("Only the stroke counts.")
    page.get_by_role("button", name="Save the draft").click()
    expect(page.get_by_role("heading", name="bob wrote version 2 meanwhile")).to_be_visible()
    expect(page.get_by_role("textbox", name="Guideline")).to_have_value("Only the stroke counts.")
    look(page, "guideline-conflict")
    page.get_by_role("button", name="Save the draft").click()
    expect(page.get_by_text("Saved as a draft.")).to_be_visible()
    assert draft(project).text == "Only the stroke counts."
    assert current(project).text == "Only the slant counts."


def test_a_class_in_use_asks_to_be_sure(visit: Visit, alice: User, project: Project) -> None:
    add_file(actor=alice, project=project, name="a.png", data=png(9), supposed="nine")
    look(visit(f"/p/{project.slug}/erase", alice), "erase")
    page = visit(f"/p/{project.slug}/guideline/edit", alice)
    page.get_by_role("button", name="Retire: nine").click()
    page.get_by_role("button", name="Save and go on to publishing").click()
    page.get_by_role("radio", name="Nothing but the wording").check()
    page.get_by_role("button", name="Work out what it costs").click()
    page.get_by_role("button", name="Publish version 2").click()
    expect(page.get_by_role("alert")).to_contain_text("“nine” is in use (supposed label 1)")
    look(page, "guideline-in-use")
    page.get_by_label("Retire it all the same.").check()
    page.get_by_role("button", name="Publish version 2").click()
    expect(page.get_by_text("Version 2 holds from now on.")).to_be_visible()
    assert "nine" not in [label.name for label in active_labels(project)]


def test_examples_are_chosen_by_keyboard_and_shown_to_annotators(
    visit: Visit, alice: User, bob: User, project: Project
) -> None:
    add_file(actor=alice, project=project, name="open-four.png", data=png(90))
    derive_waiting(project=project)
    page = visit(f"/p/{project.slug}/guideline/examples", alice)
    page.get_by_role("link", name="open-four.png").focus()
    page.keyboard.press("Enter")
    page.get_by_label("Class", exact=True).select_option("four")
    page.get_by_role("radio", name="No: this does not").check()
    page.get_by_role("textbox", name="Because").fill("It is open on top, but has no stem.")
    page.keyboard.press("Enter")
    expect(page.get_by_text("It is open on top")).to_be_visible()
    look(page, "guideline-examples")
    publish_draft(actor=alice, project=project, revision=1)
    look(visit(f"/p/{project.slug}/guideline", bob), "guideline-with-examples")
    page = visit(f"/p/{project.slug}/label", bob)
    expect(page.locator("#stage img, #stage canvas").first).to_be_visible()
    page.keyboard.press("g")
    expect(page.locator("#panel-guideline").get_by_text("It is open on top")).to_be_visible()
    look(page, "label-with-examples")
