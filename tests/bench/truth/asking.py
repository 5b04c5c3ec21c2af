"""The stopping rule on simulated people: answers for a verified label, and what became of the target.

Where the target binds the verified set (with `_gold`, a random tenth of the items is known and judges) and, `_each`,
where it binds each label.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from ml.truth.answers import Answers, Floats, Ints, collect
from ml.truth.bar import Judgement, bar, keep, stopped
from ml.truth.calibration import precision
from ml.truth.dawid_skene import Fit, assumed, fit
from ml.truth.posterior import posteriors
from tests.bench.truth.judge import TARGET

N_ITEMS, N_PEOPLE, LIMIT, GROUPS, ROUNDS = 600, 6, 5, 6, 2
SKILL = (0.8, 0.95)
HARD, FOLLOW = 1 / 16, 0.5  # hard items, and how often each person takes one for the same wrong class
STRENGTH = 10.0
FLOOR = 0.8
GOLD = 0.1
SEEDS = range(4)
RULES: dict[str, dict[str, bool]] = {"": {}, "_gold": {"gold": True}, "_each": {"by_set": False}}


def asking() -> dict[str, float]:
    """Means over seeds, for ten, four and two classes, with hard items and without."""
    figures: dict[str, float] = {}
    for n_classes in (10, 4, 2):
        for share in (HARD, 0.0):
            for rule, how in RULES.items():
                name = f"asking_{n_classes}_classes" + ("_hard" if share else "") + rule
                rows = [asked(seed, n_classes, share, **how) for seed in SEEDS]
                figures |= {f"{name}_{key}": float(np.nanmean([row[key] for row in rows])) for key in rows[0]}
    return figures


@dataclass
class Project:
    """Simulated people's answers, N items by P people, and how far each item has been asked."""

    said: Ints
    order: NDArray[np.int64]
    n_classes: int
    by_set: bool
    target: float
    gold: Ints  # (N,), -1 where nothing is known
    count: NDArray[np.int64] = field(default_factory=lambda: np.zeros(N_ITEMS, np.int64))
    held: NDArray[np.bool_] = field(default_factory=lambda: np.zeros(N_ITEMS, np.bool_))
    bar: float | None = None

    def heard(self) -> Answers:
        """The first `count` answers to each item."""
        item, turn = np.nonzero(np.arange(N_PEOPLE) < self.count[:, None])
        person = self.order[item, turn]
        return collect(
            item, person, self.said[item, person], n_classes=self.n_classes, n_items=N_ITEMS, n_people=N_PEOPLE
        )

    def weigh(self, model: Fit) -> Floats:
        """Posteriors (N, K) by this model; what they verify is held from now on."""
        chance = posteriors(model, self.heard())
        start = self.target if self.bar is None else self.bar
        ends = np.where(self.held, keep(start, min(FLOOR, start)), start) if self.by_set else self.target
        self.held = (chance.max(axis=1) >= ends) & (self.count > 0)
        return chance

    def ask(self, model: Fit, there: int) -> None:
        """One answer at a time to each of the first `there` items, until all are sure or at the limit."""
        while True:
            self.weigh(model)
            wanted = (np.arange(N_ITEMS) < there) & (self.count < LIMIT) & ~self.held
            if not wanted.any():
                return
            self.count += wanted

    def refit(self) -> Fit:
        """The full pass: a model, and the bar that holds under it."""
        # Which items are asked again hangs on what was said of them alone, so that every answered one may teach.
        model = fit(self.heard(), strength=STRENGTH, confusion_items=self.count > 0, gold=self.gold)
        sure, known = posteriors(model, self.heard()).max(axis=1), self.count > 0
        self.bar = bar(
            sure[known], self.held[known], target=self.target, floor=FLOOR, judged=self.judged(model), before=self.bar
        )
        return model

    def judged(self, model: Fit) -> Judgement:
        """What the known items say of the labels that they would have got."""
        told = stopped(model, self.heard(), None, bar=self.target if self.bar is None else self.bar, limit=LIMIT)
        there = (self.gold >= 0) & ~np.isnan(told[:, 0])
        return Judgement.of(told[there].max(axis=1, initial=0), (told[there].argmax(axis=1) == self.gold[there]) * 1.0)


def asked(
    seed: int, n_classes: int, share: float, *, by_set: bool = True, gold: bool = False, target: float = TARGET
) -> dict[str, float]:
    """Items come in groups; each is asked on until it is verified or the limit is reached; refits in between."""
    rng = np.random.default_rng(seed)
    truth = rng.integers(n_classes, size=N_ITEMS).astype(np.int32)
    said = _everything(rng, truth, n_classes, share)
    order = rng.permuted(np.tile(np.arange(N_PEOPLE), (N_ITEMS, 1)), axis=1)
    known = np.where(rng.random(N_ITEMS) < GOLD * gold, truth, -1)
    project = Project(said, order, n_classes, by_set, target, known)
    model = assumed(n_classes, n_classes)
    for group in range(1, GROUPS + 1):
        for _ in range(ROUNDS):
            project.ask(model, N_ITEMS * group // GROUPS)
            model = project.refit()
    chance = project.weigh(model)
    kept = precision(chance[project.held].max(axis=1), (chance.argmax(axis=1) == truth)[project.held].astype(float))
    return {
        "answers_per_label": float(project.count.sum()) / max(kept.n, 1),
        "verified_share": kept.n / N_ITEMS,
        "stated": kept.stated,
        "real": kept.real,
        "found_hard": model.hard,
        "bar": project.bar if by_set and project.bar else target,
    }


def _everything(rng: np.random.Generator, truth: Ints, n_classes: int, share: float) -> Ints:
    """What each person would say of each item, (N, P)."""
    skill = rng.uniform(*SKILL, size=N_PEOPLE)
    shape = (N_ITEMS, N_PEOPLE)
    wrong = (truth[:, None] + rng.integers(1, n_classes, shape)) % n_classes
    own = np.where(rng.random(shape) < skill, truth[:, None], wrong)
    looks = ((truth + rng.integers(1, n_classes, N_ITEMS)) % n_classes)[:, None]
    led = (rng.random(N_ITEMS) < share)[:, None] & (rng.random(shape) < FOLLOW)
    return np.where(led, looks, own).astype(np.int32)
