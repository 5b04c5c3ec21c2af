"""A tab that is left alone: its items go to others after their time, and who comes back is told so."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.utils import timezone
from playwright.sync_api import Page, expect

from labeling.annotations.models import Annotation
from labeling.assignments.models import Lease
from labeling.items.models import Item
from labeling.projects.models import Project
from tests.factories import add
from tests.work.browser.conftest import Seat
from tests.work.people import Annotator

pytestmark = pytest.mark.browser

HIDE = """hidden => {
  Object.defineProperty(document, "hidden", { value: hidden, configurable: true });
  document.dispatchEvent(new Event("visibilitychange"));
}"""
AWAY_MINUTES = 60


def leave(page: Page) -> None:
    """Hide the tab and let its time pass, here and on the server."""
    page.evaluate(HIDE, True)
    page.clock.fast_forward(AWAY_MINUTES * 60_000)
    away = timedelta(minutes=AWAY_MINUTES)
    for lease in Lease.objects.filter(expires_at__gt=timezone.now()):
        Lease.objects.filter(pk=lease.pk).update(expires_at=lease.expires_at - away)


def test_a_hidden_tabs_items_go_to_others_and_who_comes_back_is_told(
    seat: Seat, bob: User, charlie: User, digits: Project
) -> None:
    add(digits, charlie)
    page = seat(bob, digits)
    page.page.clock.install()
    page.open()
    item = page.wait()
    leave(page.page)
    other = Annotator(charlie, digits)
    theirs = {lease["item"]["id"]: lease["id"] for lease in other.claim(12)}
    del theirs[item]
    other.post("release", {"leases": list(theirs.values())})  # so that something is left for who comes back
    page.page.evaluate(HIDE, False)
    expect(page.page.locator("#hint")).to_have_text(
        "You were away for a while, so that item went to somebody else. Here is another one."
    )
    shown = page.answer("3")
    page.outbox("all sent")
    assert [row.item_id for row in Annotation.objects.all()] == [shown]


def test_after_an_offline_spell_the_page_lets_go_of_what_others_hold_and_keeps_what_was_said(
    seat: Seat, bob: User, charlie: User, digits: Project
) -> None:
    add(digits, charlie)
    Item.objects.update(heldout=False)  # one answer each: what charlie holds is for nobody else
    page = seat(bob, digits)
    page.wait()
    page.page.context.set_offline(True)
    said = page.answer("2")
    shown = page.wait()
    lost = set(Lease.objects.filter(user=bob).values_list("pk", flat=True))
    Lease.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    other = Annotator(charlie, digits)
    theirs = {lease["item"]["id"]: lease["id"] for lease in other.claim(12)}
    assert {said, shown} <= set(theirs)
    other.post("release", {"leases": [theirs[item] for item in theirs if item not in (said, shown)]})
    page.page.context.set_offline(False)
    expect(page.page.locator("#hint")).to_have_text(
        "You were away for a while, so that item went to somebody else. Here is another one."
    )
    page.answer("3")
    page.outbox("all sent")
    late, fresh = Annotation.objects.filter(user=bob).order_by("pk")
    assert (late.item_id, late.lease_id in lost) == (said, True)
    assert fresh.item_id != shown
    assert fresh.lease_id not in lost
