"""Answers outlive reloads, crashes, refusals, other tabs and other people on the same device."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import BrowserContext, Error, Page, Route, expect
from pytest_django.live_server_helper import LiveServer

from labeling.annotations.models import Annotation
from labeling.assignments.models import Lease
from labeling.projects.actions import remove_member
from labeling.projects.models import Project
from tests.factories import add
from tests.work.browser.conftest import Seat, sign_in

pytestmark = pytest.mark.browser

SUBMIT = "**/submit"


def block(route: Route) -> None:
    """As if the network were away."""
    route.abort("internetdisconnected")


def test_a_reload_with_a_full_outbox_loses_none(seat: Seat, bob: User, digits: Project) -> None:
    page = seat(bob, digits)
    page.page.route(SUBMIT, block)
    said = [page.answer("2") for _ in range(3)]
    page.outbox("3 waiting (offline)")
    page.open()
    page.outbox("3 waiting (offline)")
    page.page.unroute(SUBMIT)
    page.open()
    page.outbox("all sent")
    rows = Annotation.objects.order_by("id")
    assert [row.item_id for row in rows] == said
    assert {row.label.name for row in rows if row.label} == {"one"}


def test_a_crash_right_after_the_keystroke_loses_nothing(
    seat: Seat, bob: User, digits: Project, live_server: LiveServer, device: Callable[..., BrowserContext]
) -> None:
    context = device()
    page = seat(bob, digits, context=context)
    context.route(SUBMIT, block)
    item = page.wait()
    page.press("3")
    with pytest.raises(Error, match="crash"):
        page.page.goto("chrome://crash", timeout=10_000)
    page.page.close()
    context.unroute(SUBMIT)
    again = seat(bob, digits, context=context)
    again.wait()
    again.outbox("all sent")
    assert [row.item_id for row in Annotation.objects.filter(label__name="two")] == [item]


def test_an_answer_whose_receipt_was_lost_is_stored_once(seat: Seat, bob: User, digits: Project) -> None:
    page = seat(bob, digits)

    def lose_the_receipt(route: Route) -> None:
        route.fetch()
        route.abort("connectionreset")

    page.page.route(SUBMIT, lose_the_receipt, times=1)
    page.answer("2")
    page.outbox("1 waiting (offline)")
    page.outbox("all sent")
    assert Annotation.objects.count() == 1


def test_a_browser_that_keeps_nothing_and_has_no_locks_still_sends_once(
    seat: Seat, bob: User, digits: Project, device: Callable[..., BrowserContext]
) -> None:
    context = device()
    context.add_init_script(
        """delete Navigator.prototype.locks; Crypto.prototype.randomUUID = undefined;
        IDBFactory.prototype.open = () => { throw new Error("forbidden"); };"""
    )
    page = seat(bob, digits, context=context)
    page.page.route(SUBMIT, block, times=1)
    page.answer("2")
    page.outbox("1 waiting (offline)")
    page.outbox("all sent")
    assert page.errors == []
    assert Annotation.objects.count() == 1


def test_undo_of_what_never_left_the_device_sends_nothing(seat: Seat, bob: User, digits: Project) -> None:
    page = seat(bob, digits)
    page.page.route(SUBMIT, block)
    page.wait()
    page.page.context.set_offline(True)
    item = page.answer("2")
    page.outbox("1 waiting (offline)")
    page.press("z")
    page.until("item", item)
    page.page.unroute(SUBMIT)
    page.page.context.set_offline(False)
    page.outbox("all sent")
    assert Annotation.objects.count() == 0
    assert page.answer("4") == item
    page.outbox("all sent")
    assert [row.label.name for row in Annotation.objects.all() if row.label] == ["three"]


def test_undo_goes_back_several_steps_and_survives_a_reload(seat: Seat, bob: User, digits: Project) -> None:
    page = seat(bob, digits)
    first, second = page.answer("2"), page.answer("3")
    page.outbox("all sent")
    page.open()
    page.wait()
    page.press("z")
    page.until("item", second)
    page.press("z")
    page.until("item", first)
    assert page.answer("5") == first
    assert page.answer("6") == second
    page.outbox("all sent")
    standing = Annotation.objects.standing().order_by("id")
    assert [(row.item_id, row.label and row.label.name) for row in standing] == [(first, "four"), (second, "five")]


def test_two_tabs_of_one_person_never_share_an_item_or_send_twice(
    seat: Seat, bob: User, digits: Project, device: Callable[..., BrowserContext]
) -> None:
    context = device()
    sent: list[str] = []
    context.on("request", lambda request: sent.extend(keys_of(request.post_data)))
    left, right = seat(bob, digits, context=context), seat(bob, digits, context=context)
    said = [page.answer("2") for page in (left, right, left, right)]
    for page in (left, right):
        page.outbox("all sent")
    assert len(set(said)) == 4
    assert sorted(sent) == sorted(str(key) for key in Annotation.objects.values_list("key", flat=True))


def keys_of(body: str | None) -> list[str]:
    """The keys of the answers in a call."""
    found = json.loads(body).get("answers", []) if body and body.startswith("{") else []
    return [answer["key"] for answer in found]


def test_a_refused_answer_stays_with_its_reason_until_it_is_saved_or_discarded(
    seat: Seat, bob: User, digits: Project, tmp_path: Path
) -> None:
    page = seat(bob, digits)
    item = page.wait()
    page.page.route(SUBMIT, block)
    page.answer("2")
    page.outbox("1 waiting (offline)")
    lease = Lease.objects.get(item=item)
    label = digits.labels.get(name="nine")
    other = {"lease": lease.pk, "key": "0b7e3c43-2a0f-4d0e-8f6a-3d3f6a3c9f10", "label": label.pk, "milliseconds": 5}
    send(page.page, digits, {"answers": [{**other, "answered_at": "2026-01-01T00:00:00Z"}]})
    page.page.unroute(SUBMIT)
    page.outbox("1 not accepted")
    page.page.click("#outbox")
    expect(page.page.locator("#refused-list")).to_contain_text("one: You have answered or skipped this item before")
    with page.page.expect_download() as download:
        page.page.click("#refused-save")
    download.value.save_as(tmp_path / "copy.json")
    assert json.loads((tmp_path / "copy.json").read_text())[0]["body"]["lease"] == lease.pk
    page.page.click("#refused-discard")
    page.outbox("all sent")


def test_an_answer_to_an_item_never_held_stays_on_the_device_with_its_reason(
    seat: Seat, bob: User, charlie: User, digits: Project
) -> None:
    add(digits, charlie)
    page = seat(bob, digits)
    page.wait()
    page.page.route(SUBMIT, block)
    page.answer("2")
    page.outbox("1 waiting (offline)")
    Lease.objects.filter(user=bob).update(user=charlie)  # as if the number had never been theirs
    page.page.unroute(SUBMIT)
    page.outbox("1 not accepted")
    page.page.click("#outbox")
    expect(page.page.locator("#refused-list")).to_contain_text("one: This item was never handed to you.")


def send(page: Page, project: Project, body: dict[str, object]) -> None:
    """Answer as the same person from elsewhere."""
    token = json.loads(page.locator("#page").inner_text())["token"]
    address = f"{page.url.split('/p/')[0]}/api/v1/projects/{project.slug}/submit"
    answer = page.request.post(address, data=body, headers={"X-CSRFToken": token})
    assert answer.ok, answer.text()


def test_nobody_else_on_the_device_sends_my_answers(
    seat: Seat, bob: User, charlie: User, digits: Project, live_server: LiveServer,
    device: Callable[..., BrowserContext],
) -> None:  # fmt: skip
    add(digits, charlie)
    context = device()
    page = seat(bob, digits, context=context)
    page.page.route(SUBMIT, block)
    item = page.answer("2")
    page.outbox("1 waiting (offline)")
    context.clear_cookies()
    theirs = seat(charlie, digits, context=context)
    theirs.answer("3")
    theirs.outbox("all sent")
    page.page.unroute(SUBMIT)
    page.outbox("1 waiting (sign in again)")
    page.page.click("#outbox")
    expect(page.page.locator("#sign-in")).to_be_visible()
    assert set(Annotation.objects.values_list("user__username", flat=True)) == {"charlie"}
    context.clear_cookies()
    sign_in(context, live_server.url, bob)
    page.open()
    page.outbox("all sent")
    assert Annotation.objects.get(user=bob).item_id == item


def test_a_removed_member_is_told_and_keeps_their_answers(
    seat: Seat, alice: User, bob: User, digits: Project
) -> None:
    page = seat(bob, digits)
    page.wait()
    remove_member(actor=alice, project=digits, user=bob)
    page.press("2")
    expect(page.page.locator("#stage")).to_contain_text("You are no longer a member of this project")
    expect(page.page.locator("#stage")).to_contain_text("1 of your answers are kept on this device")
    page.outbox("1 waiting (not a member)")
    assert Annotation.objects.count() == 0
