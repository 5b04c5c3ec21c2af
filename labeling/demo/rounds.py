"""Two rounds of one project in both arms: the same files, people, target and code, with the model and without it."""

import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

from labeling.demo.client import Client
from labeling.demo.people import Person
from labeling.demo.samples import Sample, halves, packed, truth_by_name
from labeling.demo.shift import Hand, Project, finish
from labeling.demo.table import Judged, Part, Result, part
from labeling.supervisor.faults import Fault
from ml.evaluate import wilson

LOOK_SECONDS = 0.5
# The server fits people anew every ten seconds, where enough was answered, and counts what is left every five: after
# this long with nothing to do there is nothing more to come.
REFIT_SECONDS = 16.0
TARGET, ANSWER_LIMIT, HELDOUT_SHARE, HELDOUT_ANSWERS, BLIND_SHARE = 0.95, 5, 0.1, 3, 0.15


@dataclass(frozen=True)
class Task:
    """What is labeled: files, question and people; `spare` files stay open for whoever tries the pages."""

    name: str
    slug: str
    medium: str
    question: str
    guideline: str
    classes: tuple[str, ...]
    samples: Sequence[Sample]
    people: Sequence[Person]
    experts: Sequence[Person]
    spare: int
    keys: str = ""  # of the classes, in their order; none, and the server chooses

    def batches(self) -> tuple[list[Sample], list[Sample], list[Sample]]:
        """The files of round 1, of round 2, and the spare ones."""
        left = len(self.samples) - self.spare
        return *halves(self.samples[:left]), list(self.samples[left:])


class Arm:
    """One of a task's two projects on the server, from its making to its last retrain."""

    def __init__(self, task: Task, owner: Client, hands: dict[str, Client], *, helped: bool, stop: threading.Event):
        self.task, self.owner, self.helped, self.stop = task, owner, helped, stop
        self.crew = [Hand(person, hands[person.name]) for person in task.people]
        self.experts = [Hand(person, hands[person.name]) for person in task.experts]
        self.stage = "waiting"
        self.project = self._make()

    @property
    def path(self) -> str:
        return f"projects/{self.project.slug}"

    @property
    def answering(self) -> bool:
        return self.stage.startswith("round")

    def _make(self) -> Project:
        task = self.task
        classes = [{"name": name, "key": key} for name, key in zip_longest(task.classes, task.keys, fillvalue="")]
        body = {
            "name": task.name if self.helped else f"{task.name}, without the model",
            "slug": task.slug if self.helped else f"{task.slug}-control",
            "medium": task.medium, "question": task.question, "classes": classes, "text": task.guideline,
            "target": TARGET, "answer_limit": ANSWER_LIMIT, "heldout_share": HELDOUT_SHARE,
            "heldout_answers": HELDOUT_ANSWERS, "blind_share": BLIND_SHARE, "model_helps": self.helped,
        }  # fmt: skip
        slug = self.owner.post("projects", body)["slug"]
        invite(self.owner, slug, "annotator", [hand.client for hand in self.crew])
        invite(self.owner, slug, "expert", [hand.client for hand in self.experts])
        # Two retrains and no refits between: the rounds are compared as they stand.
        self.owner.put(f"projects/{slug}/retrain-policy", {"warm_every": 0})
        # Simulated people answer at once, as nobody can: nobody is warned of it.
        hurried = {"measure": "too_fast", "act": "warn", "threshold": 0.5, "least": 50, "milliseconds": 300}
        self.owner.put(f"projects/{slug}/rules", hurried | {"active": False})
        labels = {label["name"]: label["id"] for label in self.owner.get(f"projects/{slug}/work")["labels"]}
        return Project(slug, str(body["name"]), truth_by_name(task.samples), labels)

    def run(self) -> None:
        """Both rounds. The files of the next round are there before a retrain, so that the new model speaks of them."""
        first, second, spare = self.task.batches()
        self.bring_in(first)
        self.answer("round 1")
        self.bring_in(second)
        if self.helped:
            self.retrain()
        self.answer("round 2")
        if self.helped:
            self.retrain()
        self.answer_reopened()
        self.bring_in(spare)
        self.stage = "done"

    def bring_in(self, samples: Sequence[Sample]) -> None:
        """Upload a zip as an owner does, and wait until each file is ready or refused."""
        self.stage = f"sending {len(samples)} files"
        upload = self.owner.upload(f"{self.path}/uploads", "files.zip", packed(samples))
        while upload["state"] not in ("done", "failed"):
            self._wait()
            upload = self.owner.get(f"{self.path}/uploads/{upload['id']}")
            self.stage = f"reading files, {upload['done']} of {upload['total'] or len(samples)}"
        if upload["state"] == "failed" or upload["added"] != len(samples):
            raise Fault(f"{self.project.name}: {upload['added']} of {len(samples)} files came in. {upload['reason']}")
        while self.owner.get(f"{self.path}/items", state="new", page_size=1)["count"]:
            self.stage = "making thumbnails and waveforms"
            self._wait()

    def answer(self, round_name: str) -> None:
        """The people's work, until each label is verified or settled by an expert."""
        self.stage = round_name
        finish(self.crew, self.experts, self.project, self.stop)

    def answer_reopened(self) -> None:
        """What a refit, weighing people anew, opens again, until none does."""
        self.stage = "round 2, once more"
        until = time.monotonic() + REFIT_SECONDS
        while time.monotonic() < until:
            self._wait()
            opened = self.owner.get(f"{self.path}/work")["left"]
            if opened and finish(self.crew, self.experts, self.project, self.stop):
                until = time.monotonic() + REFIT_SECONDS

    def retrain(self) -> None:
        """One run in the worker; Fault when it fails."""
        run = self.owner.post(f"{self.path}/runs", {})
        while run["state"] in ("queued", "running"):
            self.stage = f"retraining: {run['stage'] or run['state']}"
            self._wait()
            run = self.owner.get(f"{self.path}/runs/{run['number']}")
        if run["state"] != "done":
            raise Fault(f"{self.project.name}: the retrain {run['state']}: {run['reason']}")

    def _wait(self) -> None:
        if self.stop.wait(LOOK_SECONDS):
            raise Fault("Stopped.")

    def parts(self) -> list[Part]:
        """What each round came to, by the server's exports."""
        labels = list(self.owner.rows(f"{self.path}/export/labels.jsonl"))
        answers = list(self.owner.rows(f"{self.path}/export/answers.jsonl"))
        return [part(labels, answers, truth_by_name(batch)) for batch in self.task.batches()[:2]]

    def runs(self) -> list[dict[str, Any]]:
        """The finished runs, oldest first."""
        runs: list[dict[str, Any]] = self.owner.get(f"{self.path}/runs")["results"]
        return sorted((run for run in runs if run["state"] == "done"), key=lambda run: int(run["number"]))


def invite(owner: Client, slug: str, role: str, people: Sequence[Client]) -> None:
    """One link, by which all of them join."""
    made = owner.post(f"projects/{slug}/invitations", {"role": role, "max_uses": len(people)})
    secret = made["link"].rstrip("/").rsplit("/", 1)[-1]
    for person in people:
        person.post(f"join/{secret}", {"consent": True})


def judged(runs: Sequence[dict[str, Any]]) -> tuple[Judged | None, Judged | None]:
    """The model before the last round and the one after it, both on the held-out items of the last run."""
    if not runs:
        return None, None
    metrics, previous = runs[-1]["metrics"], runs[-1]["metrics"].get("previous")
    after = Judged(runs[-1]["model"], metrics["accuracy"], metrics["low"], metrics["high"], metrics["items"])
    if not previous or previous["accuracy"] is None:
        return None, after
    low, high = wilson(round(previous["accuracy"] * previous["items"]), previous["items"])
    before = Judged(previous["number"], previous["accuracy"], low, high, previous["items"])
    return before, before if not runs[-1]["promoted"] else after


def result(helped: Arm, control: Arm) -> Result:
    """The figures of one task."""
    before, after = judged(helped.runs())
    return Result(helped.task.name, helped.parts(), control.parts(), before, after)


def line(arms: Sequence[Arm], since: float) -> str:
    """How far all arms are, in one line."""
    told = (f"{arm.project.slug}: {arm.stage}{work(arm) if arm.answering else ''}" for arm in arms)
    return f"{time.monotonic() - since:4.0f} s  " + " | ".join(told)


def work(arm: Arm) -> str:
    """The answers given so far, and the items that still want some."""
    left = arm.project.left
    return f", {arm.project.answers} answers" + (f", {left} left" if left is not None else "")
