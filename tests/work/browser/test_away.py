"""A tab that is left alone: its items go to others after their time, and who comes back is told so."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.utils import timezone
from playwright.sync_api import Page, expect

from labeling.annotations.models import Annotation
from labeling.assignments.models import Lease
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
