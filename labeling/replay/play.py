"""Play a record: the queue picks the item, its next recorded answer is given, weighed, learnt from."""

import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from uuid import uuid4

import numpy as np
from django.utils import timezone

from labeling.annotations.actions import Answer
from labeling.annotations.anchoring import reading
from labeling.assignments.actions import admit_ready, hand_out
from labeling.assignments.models import Lease
from labeling.consensus.actions import refit
from labeling.projects.actions import change_settings
from labeling.projects.models import Label
from labeling.projects.reads import true_label_ids
from labeling.replay.policy import Policy
from labeling.replay.record import Record
from labeling.replay.stage import Stage, items_of
from labeling.selection.actions import rank
from labeling.selection.reads import Beliefs, beliefs
from labeling.training.actions.execute import execute
from labeling.training.actions.start import Trigger, start_run
from labeling.training.models import Speed
from labeling.work.actions import submit_recorded

MILLISECONDS = 1_000  # of a recorded answer, whose time is not known
TOGETHER = 1_000  # answers stored at once


@dataclass(frozen=True)
class Point:
    """Where things stand after so many answers an item; shares of all items, NaN where the truth is not known."""

    answers: float
    accuracy: float
    stated: float  # mean posterior of the most probable labels
    verified: float
    stated_precision: float  # of verified labels
    real_precision: float
    seconds: float
    cpu_seconds: float  # of this process; the database's come on top
    copy_rate: float = float("nan")  # as the anchoring meter reads it; NaN where no suggestions are shown
    copy_low: float = float("nan")
    copy_high: float = float("nan")

    def to_json(self) -> dict[str, float | None]:
        """Plain values, NaN as null."""
        return {name: None if np.isnan(value) else float(value) for name, value in asdict(self).items()}


@dataclass
class Player:
    """One replay under way."""

    stage: Stage
    record: Record
    policy: Policy
    seed: int

    def __post_init__(self) -> None:
        """Put the answers and the queue's chance in this seed's order, and look up what is asked for each time."""
        self.random = np.random.default_rng(self.seed)
        self.items = items_of(self.stage.project, self.record)
        order = self.record.shuffled(self.seed)
        self.left = {item: list(reversed(order[name])) for item, name in self.items.items()}
        self.labels = dict(Label.objects.filter(project=self.stage.project).values_list("name", "pk"))
        self.given = 0
        self.began, self.began_cpu = time.monotonic(), time.process_time()
        if not self.policy.model:  # what was prepared may know of one
            change_settings(actor=self.stage.owner, project=self.stage.project, model_helps=False)
            self.stage.project.refresh_from_db()

    def play(self) -> Iterator[Point]:
        """One point before each retrain and one at the end, until the answers or the queue run out."""
        admit_ready(project=self.stage.project)
        rank(project=self.stage.project, random=self.random)
        total = len(self.items)
        for goal in self.policy.goals():
            went_on = True
            batch = max(round(self.policy.batch * total), (round(goal * total) - self.given) // 2, 1)
            while self.given < round(goal * total) and went_on:
                went_on = self._ask(min(batch, round(goal * total) - self.given)) > 0
                if self.given < round(goal * total):  # else what is learnt orders it in a moment
                    rank(project=self.stage.project, random=self.random)
            self._learn()
            yield self._point()
            if not went_on:
                return

    def _ask(self, count: int) -> int:
        """Hand items out in the queue's order and give their next answers; returns how many."""
        takers = {item: self.stage.people[answers[-1][0]] for item, answers in self.left.items() if answers}
        actor, project = self.stage.owner, self.stage.project
        leases = hand_out(
            actor=actor, project=project, count=count, takers=takers, shown=self.policy.shown, random=self.random
        )
        now = timezone.now()
        answers = [Answer(lease.pk, uuid4(), self._says(lease), None, MILLISECONDS, now) for lease in leases]
        for start in range(0, len(answers), TOGETHER):
            submit_recorded(actor=actor, project=project, answers=answers[start : start + TOGETHER])
        self.given += len(answers)
        return len(answers)

    def _says(self, lease: Lease) -> int:
        """The label recorded next, or the suggestion in view where somebody takes it without looking."""
        own = self.labels[self.left[lease.item_id].pop()[1]]
        if lease.suggestion is not None and self.random.random() < self.policy.copying:
            return lease.suggestion.label_id
        return own

    def _learn(self) -> None:
        """A retrain as a scheduled one, and the people weighed with what it says."""
        project = self.stage.project
        if self.policy.model:
            begun = start_run(actor=self.stage.owner, project=project, trigger=Trigger.COMMAND, speed=Speed.WARM)
            run = execute(run_id=begun.pk)
            print(f"run {run.number} {run.state}: {run.reason}", flush=True)
        refit(project=project)
        rank(project=project, random=self.random)

    def _point(self) -> Point:
        found = beliefs(self.stage.project, list(self.items))
        point = judge(found, self._truth(), self.given / len(self.items))
        spent = round(time.monotonic() - self.began, 1), round(time.process_time() - self.began_cpu, 1)
        point = replace(point, seconds=spent[0], cpu_seconds=spent[1])
        if not self.policy.shown:
            return point
        read = reading(self.stage.project).meter.overall
        return replace(point, copy_rate=read.value, copy_low=read.low, copy_high=read.high)

    def _truth(self) -> np.ndarray[tuple[int], np.dtype[np.intp]]:
        """(N,) places among the true labels, -1 where not known."""
        places = {label: at for at, label in enumerate(true_label_ids(self.stage.project))}
        known = [self.record.truth.get(name) for name in self.items.values()]
        return np.array([-1 if name is None else places[self.labels[name]] for name in known], np.intp)


def judge(found: Beliefs, truth: np.ndarray[tuple[int], np.dtype[np.intp]], answers: float) -> Point:
    """Hold what is believed against the truth; of an item of which nothing is believed a label is a guess."""
    classes = found.posteriors.shape[1]
    posteriors = np.where(np.isnan(found.posteriors), 1 / classes, found.posteriors)
    best, sure = posteriors.argmax(axis=1), posteriors.max(axis=1)
    right = np.where(truth < 0, np.nan, best == truth)
    unknown = np.isnan(found.posteriors).any(axis=1)
    right[unknown & (truth >= 0)] = 1 / classes
    done = found.verified
    return Point(
        answers, _mean(right), _mean(sure), float(done.mean()), _mean(sure[done]), _mean(right[done]), 0.0, 0.0
    )


def _mean(values: np.ndarray[tuple[int], np.dtype[np.float64]]) -> float:
    """The mean of what is known, NaN where nothing is."""
    known = values[~np.isnan(values)]
    return float(known.mean()) if len(known) else float("nan")
