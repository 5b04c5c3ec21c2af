"""A crew at work on one project, over HTTP: claim ten, answer, submit, until nobody finds anything to do."""

import threading
import time
import uuid
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from labeling.demo.client import Client
from labeling.demo.people import Person
from labeling.supervisor.faults import Fault

ITEMS_A_CLAIM = 10
PAUSE_SECONDS = 0.2  # before somebody who found nothing looks again


@dataclass(frozen=True)
class Hand:
    """A simulated person with a way to the server."""

    person: Person
    client: Client


@dataclass
class Project:
    """One project of the demo on the server, and what the demo alone knows of it."""

    slug: str
    name: str
    truth: dict[str, str]  # true class by file name
    labels: dict[str, int]  # label id by class
    answers: int = 0
    left: int | None = None
    copied: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def count(self, *, answers: int, copied: int, left: int) -> None:
        """Note what was sent, for the line of progress."""
        with self.lock:
            self.answers += answers
            self.copied += copied
            self.left = left


class Quiet:
    """Notices that everybody looked for work and found none since the last answer was given."""

    def __init__(self, people: int) -> None:
        self.people = people
        self.answered = 0
        self.idle: dict[str, int] = {}
        self.lock = threading.Lock()

    def moment(self) -> int:
        """A mark of how much was answered so far."""
        with self.lock:
            return self.answered

    def busy(self, name: str) -> None:
        """This person holds items."""
        with self.lock:
            self.idle.pop(name, None)

    def done(self) -> None:
        """Somebody answered, so that there may be work again for others."""
        with self.lock:
            self.answered += 1

    def found_nothing(self, name: str, moment: int) -> None:
        """Note that this person, looking since that moment, found nothing."""
        with self.lock:
            self.idle[name] = moment

    def over(self) -> bool:
        """Whether all have found nothing."""
        with self.lock:
            return len(self.idle) == self.people and set(self.idle.values()) == {self.answered}


def answer(hand: Hand, project: Project, lease: dict[str, Any]) -> tuple[dict[str, Any], bool]:
    """One lease's answer as the API takes it, and whether it was copied from the suggestion."""
    name = lease["item"]["name"].rsplit("/", 1)[-1]
    suggestion = lease["suggestion"]
    reply = hand.person.reply(name, project.truth[name], suggestion["name"] if suggestion else None)
    body = {
        "lease": lease["id"], "key": str(uuid.uuid4()), "label": project.labels[reply.label],
        "milliseconds": reply.milliseconds, "answered_at": datetime.now(UTC).isoformat(),
    }  # fmt: skip
    return body, reply.copied


def take_some(hand: Hand, project: Project) -> int:
    """Claim, answer and submit once; returns the number of answers stored."""
    path = f"projects/{project.slug}"
    leases = hand.client.post(f"{path}/claim", {"count": ITEMS_A_CLAIM})["leases"]
    if not leases:
        return 0
    answers = [answer(hand, project, lease) for lease in leases]
    outcome = hand.client.post(f"{path}/submit", {"answers": [body for body, _ in answers]})
    refused = [result for result in outcome["results"] if result["status"] == "refused"]
    if refused:
        raise Fault(f"{hand.person.name}'s answer in {project.name} was refused: {refused[0]['reason']}")
    project.count(answers=len(answers), copied=sum(copied for _, copied in answers), left=outcome["left"])
    return len(answers)


def work(hand: Hand, project: Project, quiet: Quiet, stopped: Callable[[], bool]) -> int:
    """One person's shift: until nobody of the crew finds anything to do."""
    total = 0
    while not stopped():
        moment = quiet.moment()
        quiet.busy(hand.person.name)
        if made := take_some(hand, project):
            total += made
            quiet.done()
            continue
        quiet.found_nothing(hand.person.name, moment)
        while quiet.moment() == moment and not stopped():
            if quiet.over():
                return total
            time.sleep(PAUSE_SECONDS)
    return total


def shift(crew: Sequence[Hand], project: Project, stop: threading.Event) -> int:
    """All of a crew at once, a thread each; returns their answers. The first failure ends the shift for all."""
    quiet = Quiet(len(crew))

    def one(hand: Hand) -> int:
        try:
            return work(hand, project, quiet, stop.is_set)
        except BaseException:
            stop.set()
            raise

    with ThreadPoolExecutor(len(crew)) as pool:
        return sum(pool.map(one, crew))


def finish(crew: Sequence[Hand], experts: Sequence[Hand], project: Project, stop: threading.Event) -> int:
    """The crew, then the experts on what is disputed, in turn until neither finds anything; returns their answers."""
    total = 0
    while not stop.is_set():
        total += shift(crew, project, stop)
        settled = shift(experts, project, stop)
        total += settled
        if settled == 0:
            break
    return total
