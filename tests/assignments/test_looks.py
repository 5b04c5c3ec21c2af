"""The pages of gold and rules in Chromium, and what a paused person sees."""

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import expect

from labeling.annotations.actions import judge, set_rule
from labeling.assignments.actions import pause, set_trust
from labeling.items.models import Item
from labeling.projects.models import Label, Project
from labeling.work.actions import add_gold
from tests.assignments.test_rules import work
from tests.factories import add, make_items, make_project, make_user
from tests.looks import SHOTS, Visit, look

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def peopled(alice: User, bob: User) -> Project:
    """A good person, one who is always wrong, and one who is paused."""
    made = make_project(alice, heldout_share=0.0, answer_limit=100)
    bad, away = make_user("clicker"), make_user("dora")
    for person in (bob, bad, away):
        add(made, person)
    items = make_items(made, 120)
    classes = list(Label.objects.filter(project=made, role="class").order_by("pk").values_list("pk", flat=True))
    work(made, bob, lambda lease: classes[0], answers=20)
    for item in Item.objects.filter(pk__in=[item.pk for item in items[:30]], state="ready"):
        add_gold(actor=alice, project=made, item_id=item.pk, label_id=classes[0])
    work(made, bob, lambda lease: classes[0], answers=40)
    work(made, bad, lambda lease: classes[1], answers=60)
    pause(actor=alice, project=made, user=away, reason="Please read the guideline again.")
    set_trust(actor=alice, project=made, quiz_items=40, quiz_limit=60)
    set_rule(actor=None, project=made, measure="too_fast", act="retrain", threshold=0.9, least=50, milliseconds=200)
    judge(project=made)
    return made


def test_gold_and_rules(visit: Visit, alice: User, peopled: Project) -> None:
    look(visit(f"/p/{peopled.slug}/gold", alice), "gold")
    page = visit(f"/p/{peopled.slug}/rules", alice)
    row = page.get_by_role("row", name="clicker")
    expect(row).to_contain_text("Paused")
    look(page, "rules")
    row.get_by_role("button", name="Let work again").press("Enter")
    expect(page.get_by_role("row", name="clicker")).to_contain_text("Cleared")


def test_a_paused_person_reads_why(visit: Visit, peopled: Project) -> None:
    page = visit(f"/p/{peopled.slug}/label", User.objects.get(username="dora"))
    expect(page.locator("#stage")).to_contain_text("Your work here is paused")
    expect(page.locator("#stage")).to_contain_text("Please read the guideline again.")
    SHOTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=SHOTS / "label-paused.png")
