"""Callers and consoles kept by the front: woken at once, told at the end of patience, noticed when they leave."""

import threading
import time
from collections.abc import Callable, Iterator

import httpx
import pytest
from django.contrib.auth.models import User
from rest_framework.authtoken.models import Token

from labeling.oz import actions
from labeling.oz.models import Experiment, Handover, Inquiry, Shift
from labeling.projects.models import Project
from tests.front import fronted
from tests.oz.conftest import picture

__all__ = ["fronted"]
SECONDS = 30.0
WAITING = 20  # several times the threads there are
pytestmark = pytest.mark.django_db(transaction=True)


def until(condition: Callable[[], object]) -> None:
    """Wait for something that another process does."""
    deadline = time.monotonic() + SECONDS
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)


Connect = Callable[[User], httpx.Client]


@pytest.fixture
def connect(fronted: str) -> Iterator[Connect]:
    """Programs with somebody's token."""
    made: list[httpx.Client] = []

    def fresh(user: User) -> httpx.Client:
        key = Token.objects.get_or_create(user=user)[0].key
        headers = {"Authorization": f"Token {key}"}
        made.append(httpx.Client(base_url=fronted, headers=headers, timeout=SECONDS, verify=False))
        return made[-1]

    yield fresh
    for http in made:
        http.close()


class Caller(threading.Thread):
    """A product that waits for its answer."""

    def __init__(self, http: httpx.Client, project: Project, seed: int = 1, wait: int = 10) -> None:
        super().__init__(daemon=True)
        self.http, self.seed = http, seed
        self.path = f"/api/v1/projects/{project.slug}/predict?wait={wait}"
        self.told: httpx.Response | None = None
        self.start()

    def run(self) -> None:
        """Ask."""
        self.told = self.http.post(self.path, files={"file": ("a.png", picture(self.seed))})


def open_console(http: httpx.Client, experiment: Experiment) -> tuple[int, str]:
    """Come on duty as a console does."""
    base = f"/api/v1/projects/{experiment.project.slug}/console/{experiment.number}/shifts/"
    shift = http.post(base).json()["shift"]
    return shift, f"{base}{shift}/"


def rings(lines: Iterator[str]) -> Iterator[None]:
    """One for each event of a stream."""
    return (None for line in lines if line == "event: ring")


def test_request_in_seen_answered_and_back(connect: Connect, started: Experiment, wanda: User, bob: User) -> None:
    wizard = connect(wanda)
    _shift, console = open_console(wizard, started)
    with connect(wanda).stream("GET", console + "stream") as stream:
        heard = rings(stream.iter_lines())
        next(heard)
        assert wizard.post(console + "take").json()["inquiry"] is None
        caller = Caller(connect(bob), started.project)
        next(heard)
        inquiry = wizard.post(console + "take").json()["inquiry"]
        begun = time.monotonic()
        said = inquiry["classes"][0]["name"]
        answer = {"inquiry": inquiry["id"], "said": said, "milliseconds": 5}
        assert wizard.post(console + "answer", json=answer).status_code == 200
        caller.join(SECONDS)
        assert time.monotonic() - begun < 3.0
    assert caller.told is not None
    assert (caller.told.status_code, caller.told.json()["label"]) == (200, said)
    assert "x-emerald-held" not in caller.told.headers


def test_patience_ends_with_a_place_to_ask_again(
    connect: Connect, started: Experiment, shift: Shift, bob: User
) -> None:
    http = connect(bob)
    caller = Caller(http, started.project, wait=1)
    caller.join(SECONDS)
    assert caller.told is not None
    assert (caller.told.status_code, caller.told.json()["state"]) == (202, "waiting")
    taken = actions.take(shift=shift)
    assert taken is not None
    assert taken.variant is not None
    actions.answer(shift=shift, inquiry_id=taken.pk, said=taken.variant.classes[0]["name"], milliseconds=1)
    assert http.get(caller.told.json()["ask_again"] + "?wait=5").status_code == 200


def test_a_console_that_closes_hands_on_at_once(
    connect: Connect, started: Experiment, wanda: User, willy: User, bob: User
) -> None:
    wizard = connect(wanda)
    shift, console = open_console(wizard, started)
    _other, others = open_console(connect(willy), started)
    caller = Caller(connect(bob), started.project)
    with connect(wanda).stream("GET", console + "stream") as stream:
        heard = rings(stream.iter_lines())
        next(heard)
        until(lambda: wizard.post(console + "take").json()["inquiry"])
    until(lambda: Handover.objects.filter(reason="left").exists())
    assert Shift.objects.get(pk=shift).ended_at is not None
    http = connect(willy)
    inquiry = http.post(others + "take").json()["inquiry"]
    answer = {"inquiry": inquiry["id"], "said": inquiry["classes"][1]["name"], "milliseconds": 5}
    http.post(others + "answer", json=answer)
    caller.join(SECONDS)
    assert caller.told is not None
    assert caller.told.json()["label"] == answer["said"]


def test_a_caller_who_hangs_up_is_noticed(connect: Connect, started: Experiment, shift: Shift, bob: User) -> None:
    http = connect(bob)
    with pytest.raises(httpx.ReadTimeout):
        http.post(
            f"/api/v1/projects/{started.project.slug}/predict", files={"file": ("a.png", picture(1))}, timeout=1.0
        )
    http.close()
    until(lambda: Inquiry.objects.get(caller=bob).abandoned_at)


def test_an_ended_experiment_wakes_those_who_wait(
    connect: Connect, started: Experiment, shift: Shift, bob: User, alice: User
) -> None:
    caller = Caller(connect(bob), started.project, wait=25)
    until(lambda: Inquiry.objects.filter(caller=bob).exists())
    actions.end(actor=alice, experiment=started)
    caller.join(SECONDS)
    assert caller.told is not None
    assert (caller.told.status_code, caller.told.json()["state"]) == (410, "ended")


def test_many_who_wait_hold_no_thread(
    fronted: str, connect: Connect, started: Experiment, shift: Shift, bob: User
) -> None:
    callers = [Caller(connect(bob), started.project, seed=seed, wait=25) for seed in range(WAITING)]
    until(lambda: Inquiry.objects.filter(caller=bob, state="waiting").count() == WAITING)
    begun = time.monotonic()
    assert httpx.get(f"{fronted}/sign-in", timeout=SECONDS).status_code == 200
    assert time.monotonic() - begun < 2.0
    actions.end(actor=None, experiment=started)
    for caller in callers:
        caller.join(SECONDS)
    assert {caller.told.status_code for caller in callers if caller.told} == {410}
