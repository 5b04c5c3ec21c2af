"""A crew works until nobody finds anything, against a stand-in for the server's answers."""

import threading
from collections import defaultdict
from typing import Any, cast

import pytest

from labeling.demo.client import Client
from labeling.demo.people import Person, World, crowd
from labeling.demo.shift import Hand, Project, Quiet, finish, shift
from labeling.supervisor.faults import Fault

CLASSES = ("cat", "dog")
NAMES = [f"{number}.png" for number in range(25)]


class Desk:
    """Hands each item to two people, and to the expert where the two disagree."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.held: dict[int, tuple[str, str]] = {}
        self.answers: dict[str, dict[str, int]] = defaultdict(dict)
        self.holders: dict[str, set[str]] = defaultdict(set)

    def claim(self, who: str, count: int) -> list[dict[str, Any]]:
        leases: list[dict[str, Any]] = []
        for name in NAMES:
            if len(leases) < count and self._wants(name, who):
                number = len(self.held) + 1
                self.held[number] = (who, name)
                self.holders[name].add(who)
                leases.append({"id": number, "item": {"name": name}, "suggestion": None})
        return leases

    def _wants(self, name: str, who: str) -> bool:
        if who in self.holders[name]:
            return False
        if who == "xenia":
            return len(set(self.answers[name].values())) > 1 and len(self.holders[name]) == 2
        return len(self.holders[name]) < 2

    def submit(self, who: str, answers: list[dict[str, Any]]) -> list[dict[str, Any]]:
        for answer in answers:
            holder, name = self.held[answer["lease"]]
            assert holder == who
            self.answers[name][who] = answer["label"]
        return [{"status": "stored"} for _ in answers]


class Window:
    """One person's way to the desk, in place of HTTP."""

    def __init__(self, desk: Desk, name: str, refuse: bool = False) -> None:
        self.desk, self.name, self.refuse = desk, name, refuse

    def post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        with self.desk.lock:
            if path.endswith("claim"):
                return {"leases": self.desk.claim(self.name, body["count"])}
            if self.refuse:
                return {"results": [{"status": "refused", "reason": "no"}], "left": 0}
            return {"results": self.desk.submit(self.name, body["answers"]), "left": 0}


def hand(desk: Desk, person: Person, **options: bool) -> Hand:
    return Hand(person, cast(Client, Window(desk, person.name, **options)))


@pytest.fixture
def people() -> list[Person]:
    return crowd(World(CLASSES, seed=1), ["ann", "ben", "cat"], skills=[0.7, 0.7, 0.7], copy_rate=0)


@pytest.fixture
def project() -> Project:
    return Project("p", "P", {name: CLASSES[at % 2] for at, name in enumerate(NAMES)}, {"cat": 1, "dog": 2})


def test_crew_answers_everything_and_the_expert_what_is_disputed(people: list[Person], project: Project) -> None:
    desk = Desk()
    expert = Person("xenia", people[0].world, skill=0.99, copy_rate=0)
    finish([hand(desk, one) for one in people], [hand(desk, expert)], project, threading.Event())
    said = {name: {label for who, label in desk.answers[name].items() if who != "xenia"} for name in NAMES}
    disputed = [name for name in NAMES if len(said[name]) > 1]
    assert disputed
    for name in NAMES:
        assert len(desk.answers[name]) == (3 if name in disputed else 2)
        assert ("xenia" in desk.answers[name]) == (name in disputed)
    assert project.answers == sum(map(len, desk.answers.values()))


def test_refused_answer_ends_the_shift_for_all(people: list[Person], project: Project) -> None:
    desk, stop = Desk(), threading.Event()
    crew = [hand(desk, people[0]), hand(desk, people[1], refuse=True)]
    with pytest.raises(Fault, match="refused: no"):
        shift(crew, project, stop)
    assert stop.is_set()


def test_quiet_only_when_all_looked_since_the_last_answer() -> None:
    quiet = Quiet(2)
    quiet.found_nothing("ann", quiet.moment())
    assert not quiet.over()
    quiet.done()
    quiet.found_nothing("ben", quiet.moment())
    assert not quiet.over()  # ann looked before the last answer
    quiet.found_nothing("ann", quiet.moment())
    assert quiet.over()
    quiet.busy("ben")
    assert not quiet.over()
