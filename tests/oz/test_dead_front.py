"""A web process that is killed takes its callers with it: they make room within seconds."""

import contextlib
import os
import signal
from datetime import timedelta

import httpx
import psutil
import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from labeling.oz import actions
from labeling.oz.actions.asking import Kept
from labeling.oz.door import door
from labeling.oz.models import Experiment, Inquiry, Shift
from tests.front import fronted
from tests.oz.conftest import picture
from tests.oz.test_live import Caller, Connect, connect, until

__all__ = ["connect", "fronted"]
pytestmark = pytest.mark.django_db(transaction=True)


class Doomed(Caller):
    """A product whose server dies."""

    def run(self) -> None:
        """Ask; the line goes dead."""
        with contextlib.suppress(httpx.HTTPError):
            super().run()


def keepers() -> list[psutil.Process]:
    """The web processes that this test started: Granian's workers, children of the one that serves."""
    mains = [one for one in psutil.Process().children() if "granian" in " ".join(one.cmdline())]
    return [worker for main in mains for worker in main.children()]


def test_callers_of_a_killed_process_wait_no_more(
    connect: Connect, started: Experiment, shift: Shift, bob: User
) -> None:
    http, project = connect(bob), started.project
    told = actions.ask(actor=bob, project=project, name="a.png", data=picture(9))
    for seed in range(3):
        Doomed(http, project, seed=seed, wait=30)
    until(lambda: door(project).waiting == 4)
    actions.tend()
    assert door(project).waiting == 4
    [keeper] = keepers()
    os.kill(keeper.pid, signal.SIGKILL)
    until(lambda: actions.tend() is not None and door(project).waiting == 1)
    left = Inquiry.objects.filter(project=project, caller=bob, abandoned_at__isnull=True)
    assert [one.pk for one in left] == [told.pk]


def test_who_was_told_where_to_ask_again_still_waits(started: Experiment, shift: Shift, bob: User) -> None:
    kept = Kept("front of long ago", 1)
    row = actions.ask(actor=bob, project=started.project, name="a.png", data=picture(1), kept=kept)
    Inquiry.objects.filter(pk=row.pk).update(kept_until=timezone.now() - timedelta(minutes=1))
    actions.tend()
    assert door(started.project).waiting == 1
