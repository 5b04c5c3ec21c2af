"""Many callers at the same moment: as many as may wait are let in, not one more, and none that was let in is lost."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection

from labeling.errors import Conflict
from labeling.oz import actions
from labeling.oz.actions import asking
from labeling.oz.actions.drafting import bring_file
from labeling.oz.door import Busy, door
from labeling.oz.models import Experiment, Input, Inquiry, Reply, Shift
from labeling.projects.models import Project
from tests.oz.conftest import picture

pytestmark = pytest.mark.django_db(transaction=True)
CALLERS, ROOM = 12, 5


def test_as_many_as_may_wait_and_not_one_more(project: Project, shift: Shift, alice: User, bob: User) -> None:
    actions.set_service(actor=alice, project=project, open_limit=ROOM)

    def call(seed: int) -> bool:
        try:
            actions.ask(actor=bob, project=project, name="a.png", data=picture(seed))
        except Busy:
            return False
        finally:
            connection.close()
        return True

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(call, range(CALLERS))) == ROOM
    assert Inquiry.objects.filter(caller=bob, state="waiting").count() == ROOM
    assert door(project).waiting == ROOM


def test_two_consoles_never_get_the_same(
    project: Project, started: Experiment, shift: Shift, willy: User, bob: User
) -> None:
    for seed in range(CALLERS):
        actions.ask(actor=bob, project=project, name="a.png", data=picture(seed))
    shifts = [shift, actions.come_on_duty(actor=willy, experiment=started)]

    def work(mine: Shift) -> int:
        done = 0
        try:
            while (taken := actions.take(shift=mine)) is not None and taken.variant is not None:
                said = taken.variant.classes[0]["name"]
                actions.answer(shift=mine, inquiry_id=taken.pk, said=said, milliseconds=1)
                done += 1
        finally:
            connection.close()
        return done

    with ThreadPoolExecutor(2) as pool:
        assert sum(pool.map(work, shifts)) == CALLERS
    assert Reply.objects.count() == CALLERS


def test_who_answers_changes_while_a_file_comes_in(
    project: Project, started: Experiment, shift: Shift, alice: User, bob: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    def slowly(**given: Any) -> Input:
        actions.end(actor=alice, experiment=started)
        return bring_file(**given)

    monkeypatch.setattr(asking, "bring_file", slowly)
    with pytest.raises(Conflict, match="No experiment is running"):
        actions.ask(actor=bob, project=project, name="a.png", data=picture(1))
    assert not Inquiry.objects.filter(caller=bob).exists()
