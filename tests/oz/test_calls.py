"""A product asks, a person answers as if a model had; and everything that can go wrong in between."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone
from rest_framework.authtoken.models import Token

from labeling.errors import BadInput, Conflict
from labeling.live.held import HEADER, parse
from labeling.oz import actions
from labeling.oz.models import Experiment, Feedback, Handover, Inquiry, Reply, Shift
from labeling.projects.models import Project
from tests.oz.conftest import picture


@pytest.fixture
def product(client: Client, bob: User) -> Client:
    """A product that calls as bob."""
    client.force_login(bob)
    return client


def call(product: Client, project: Project, data: bytes | None = None, name: str = "photo.png") -> Any:
    file = SimpleUploadedFile(name, data or picture(1))
    return product.post(f"/api/v1/projects/{project.slug}/predict", {"file": file})


def test_a_wizard_answers_like_a_model(product: Client, project: Project, shift: Shift) -> None:
    asked = call(product, project)
    assert (asked.status_code, asked.json()["state"]) == (202, "waiting")
    held = parse(asked[HEADER])
    assert (held.seconds, held.then) == (30, asked.json()["ask_again"])
    taken = actions.take(shift=shift)
    assert taken is not None
    assert taken.variant is not None
    said = taken.variant.classes[0]["name"]
    actions.answer(shift=shift, inquiry_id=taken.pk, said=said, milliseconds=700)
    told = product.get(asked.json()["ask_again"])
    assert told.status_code == 200
    assert told.json()["label"] == said
    assert told.json()["by"] == {"kind": "wizard", "model": None, "confidence": None}


def test_an_outsider_learns_nothing(client: Client, charlie: User, project: Project, shift: Shift) -> None:
    client.force_login(charlie)
    assert call(client, project).status_code == 404
    inquiry = actions.ask(actor=shift.user, project=project, name="a.png", data=picture(2))
    address = f"/api/v1/projects/{project.slug}/predict/{inquiry.pk}"
    assert client.get(address).status_code == 404
    assert client.post(f"{address}/feedback", {"key": str(uuid4()), "useful": True}).status_code == 404


def test_nobody_on_duty_is_said_at_once(product: Client, project: Project, started: Experiment) -> None:
    told = call(product, project)
    assert (told.status_code, told.json()["type"]) == (503, "nobody-on-duty")
    assert not Inquiry.objects.filter(caller__isnull=False).exists()


def test_what_is_no_picture_is_refused_with_its_reason(product: Client, project: Project, shift: Shift) -> None:
    told = call(product, project, b"hello, I am a letter", "photo.png")
    assert (told.status_code, told.json()["field"]) == (400, "file")
    assert "picture" in told.json()["reason"]
    assert product.post(f"/api/v1/projects/{project.slug}/predict").status_code == 400


def test_no_experiment_and_no_model(product: Client, project: Project, alice: User) -> None:
    assert call(product, project).status_code == 409
    actions.set_service(actor=alice, project=project, source="model")
    told = call(product, project)
    assert (told.status_code, told.json()["reason"]) == (409, "No model is promoted yet: let people answer first.")


def test_a_full_queue_takes_nothing_in(product: Client, project: Project, shift: Shift, alice: User) -> None:
    actions.set_service(actor=alice, project=project, open_limit=2)
    codes = [call(product, project, picture(seed)).status_code for seed in range(4)]
    assert codes == [202, 202, 429, 429]
    assert Inquiry.objects.filter(caller__isnull=False).count() == 2


def test_time_that_ran_out_is_told(product: Client, project: Project, shift: Shift) -> None:
    asked = call(product, project)
    Inquiry.objects.filter(pk=asked.json()["id"]).update(expires_at=timezone.now() - timedelta(seconds=1))
    assert product.get(asked.json()["ask_again"]).status_code == 504
    actions.tend()
    assert Inquiry.objects.get(pk=asked.json()["id"]).state == "timed-out"


def test_an_ended_experiment_tells_those_who_wait(product: Client, project: Project, shift: Shift, alice: User) -> None:
    asked = call(product, project)
    taken = actions.take(shift=shift)
    assert taken is not None
    actions.end(actor=alice, experiment=shift.experiment)
    told = product.get(asked.json()["ask_again"])
    assert (told.status_code, told.json()["type"]) == (410, "ended")
    with pytest.raises(Conflict, match="Too late"):
        actions.answer(shift=shift, inquiry_id=taken.pk, said="good", milliseconds=1)
    assert actions.end(actor=alice, experiment=shift.experiment).state == "ended"


def test_a_caller_who_hangs_up_comes_after_those_who_wait(product: Client, project: Project, shift: Shift) -> None:
    left, stayed = call(product, project, picture(1)), call(product, project, picture(2))
    gone = parse(left[HEADER]).gone
    assert Client().post(gone).status_code == 204
    assert Client().post(gone + "x").status_code == 404
    first = actions.take(shift=shift)
    assert first is not None
    assert str(first.pk) == stayed.json()["id"]


def test_who_hung_up_makes_room_at_once(product: Client, project: Project, shift: Shift, alice: User) -> None:
    actions.set_service(actor=alice, project=project, open_limit=2)
    asked = [call(product, project, picture(seed)) for seed in range(3)]
    assert [each.status_code for each in asked] == [202, 202, 429]
    first = asked[0].json()
    held = parse(asked[0][HEADER])
    for _ in range(2):
        assert product.post(held.gone).status_code == 204
    codes = [call(product, project, picture(seed)).status_code for seed in (4, 5)]
    assert codes == [202, 429], "one left, so one may come"
    while (taken := actions.take(shift=shift)) is not None:
        actions.answer(shift=shift, inquiry_id=taken.pk, said=_first(taken), milliseconds=1)
    assert product.get(first["ask_again"]).status_code == 200, "who comes back is answered all the same"


def test_who_hangs_up_over_and_over_fills_nothing(
    product: Client, project: Project, shift: Shift, alice: User
) -> None:
    actions.set_service(actor=alice, project=project, open_limit=2)
    asked = [call(product, project, picture(seed)) for seed in range(2)]
    for seed in range(2, 6):
        actions.abandon(inquiry=Inquiry.objects.get(pk=asked[-2].json()["id"]))
        asked.append(call(product, project, picture(seed)))
    assert [each.status_code for each in asked] == [202] * 6
    actions.tend()
    states = [Inquiry.objects.get(pk=each.json()["id"]).state for each in asked]
    assert states == ["timed-out"] * 2 + ["waiting"] * 4, "as many as may wait are kept of those who left, the latest"
    assert product.get(asked[0].json()["ask_again"]).status_code == 504


def test_a_token_is_refused_before_its_file_is_read(client: Client, project: Project, shift: Shift, bob: User) -> None:
    headers = {"authorization": f"Token {Token.objects.create(user=bob).key}"}
    address = f"/api/v1/projects/{project.slug}/predict"
    asked = client.post(address, {"file": SimpleUploadedFile("a.png", picture(1))}, headers=headers)
    assert (asked.status_code, parse(asked[HEADER]).seconds) == (202, 30)
    assert client.get(asked.json()["ask_again"], headers=headers).json()["state"] == "waiting"
    assert client.post(address, headers=headers).json()["field"] == "file"
    broken = client.post(address, b"--x", "multipart/form-data; boundary=", headers=headers)
    assert (broken.status_code, broken.json()["field"]) == (400, "file")
    actions.leave(shift=shift)
    told = client.post(address, b"not even a form", "multipart/form-data; boundary=x", headers=headers)
    assert (told.status_code, told.json()["type"]) == (503, "nobody-on-duty")
    assert client.get(asked.json()["ask_again"], headers={"authorization": "Token no"}).status_code == 401


def test_a_wizard_who_leaves_hands_on(project: Project, started: Experiment, shift: Shift, willy: User) -> None:
    inquiry = actions.ask(actor=willy, project=project, name="a.png", data=picture(3))
    assert actions.take(shift=shift) == inquiry
    other = actions.come_on_duty(actor=willy, experiment=started)
    assert actions.take(shift=other) is None
    assert actions.leave(shift=shift) == 1
    assert actions.leave(shift=shift) == 0
    assert actions.take(shift=other) == inquiry
    late = actions.answer(shift=shift, inquiry_id=inquiry.pk, said=_first(inquiry), milliseconds=5)
    assert late.wizard == shift.user


def test_a_closed_console_gets_nothing_more(project: Project, started: Experiment, shift: Shift) -> None:
    inquiries = [actions.ask(actor=shift.user, project=project, name="a.png", data=picture(seed)) for seed in (3, 4)]
    first = actions.take(shift=shift)
    assert first is not None
    assert first in inquiries
    actions.leave(shift=shift)
    late = actions.answer(shift=shift, inquiry_id=first.pk, said=_first(first), milliseconds=5)
    assert late.wizard == shift.user
    assert actions.take(shift=shift) is None
    assert not Inquiry.objects.filter(state="leased").exists()


def test_a_page_that_falls_silent_hands_on(project: Project, started: Experiment, shift: Shift, willy: User) -> None:
    inquiry = actions.ask(actor=willy, project=project, name="a.png", data=picture(4))
    actions.take(shift=shift)
    Shift.objects.filter(pk=shift.pk).update(seen_at=timezone.now() - timedelta(seconds=60))
    actions.tend()
    inquiry.refresh_from_db()
    assert inquiry.state == "waiting"
    assert Handover.objects.get().reason == "silent"


def test_what_one_passes_on_does_not_come_back(project: Project, started: Experiment, shift: Shift) -> None:
    inquiry = actions.ask(actor=shift.user, project=project, name="a.png", data=picture(5))
    actions.take(shift=shift)
    actions.pass_on(shift=shift, inquiry_id=inquiry.pk)
    assert actions.take(shift=shift) is None


def test_answers_are_stored_once_and_only_as_the_variant_has_them(project: Project, shift: Shift) -> None:
    inquiry = actions.ask(actor=shift.user, project=project, name="a.png", data=picture(6))
    actions.take(shift=shift)
    with pytest.raises(BadInput, match="no such class"):
        actions.answer(shift=shift, inquiry_id=inquiry.pk, said="perhaps", milliseconds=1)
    for _ in range(2):
        actions.answer(shift=shift, inquiry_id=inquiry.pk, said=_first(inquiry), milliseconds=1)
    assert Reply.objects.count() == 1


def test_the_same_feedback_twice_is_stored_once(product: Client, project: Project, shift: Shift, bob: User) -> None:
    asked = call(product, project)
    actions.take(shift=shift)
    inquiry = Inquiry.objects.get(pk=asked.json()["id"])
    address, key = f"{asked.json()['ask_again']}/feedback", str(uuid4())
    assert product.post(address, {"key": key, "useful": "true"}).status_code == 409
    actions.answer(shift=shift, inquiry_id=inquiry.pk, said=_first(inquiry), milliseconds=1)
    words = {"key": key, "useful": True, "rating": 4, "comment": "nice"}
    for _ in range(2):
        assert product.post(address, words, "application/json").status_code == 200
    assert Feedback.objects.count() == 1
    assert product.post(address, {**words, "rating": 1}, "application/json").status_code == 409
    assert product.post(address, {"key": str(uuid4())}, "application/json").status_code == 400
    assert product.post(address, {"key": str(uuid4()), "rating": 9}, "application/json").status_code == 400


def _first(inquiry: Inquiry) -> str:
    assert inquiry.variant is not None
    return str(inquiry.variant.classes[0]["name"])
