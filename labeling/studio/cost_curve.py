"""What each further answer bought: stated accuracy by answers an item, beside a fixed number of votes for each item."""

import random
from dataclasses import dataclass

import numpy as np
from django.core.cache import cache
from django.db.models import Max, Min

from labeling.annotations.models import Annotation
from labeling.consensus.evidence import model_opinion, told, yardstick
from labeling.figures.reads import page_figure
from labeling.items.models import Item, ItemState
from labeling.projects.models import Project
from ml.truth.answers import Floats
from ml.truth.leaving import folds_of
from ml.truth.noise import Fit
from ml.truth.posterior import posteriors

POINTS = 10
ITEMS = 3_000  # looked at, drawn by chance where there are more
SPARSE = 20  # times as many as are looked at: from there on shuffling them all would cost more than meeting some
FIXED = (1, 2, 3, 4, 5)
SIMULATED = 4_000
SECONDS = 60  # the curve reads many answers: it may be this old
LEFT, RIGHT, TOP, BOTTOM, WIDTH, HEIGHT = 72.0, 12.0, 10.0, 30.0, 640.0, 220.0


@dataclass(frozen=True)
class Dot:
    """Answers an item, the share of most probable labels that are right, and their place in the drawing."""

    answers: float
    accuracy: float
    x: float
    y: float


@dataclass(frozen=True)
class CostCurve:
    """This project's line and that of a fixed number of votes, with horizontal marks."""

    ours: list[Dot]
    fixed: list[Dot]
    marks: list[tuple[float, str]]
    width: float = WIDTH
    height: float = HEIGHT
    left: float = LEFT
    right: float = WIDTH - RIGHT
    bottom: float = HEIGHT - BOTTOM

    @property
    def line(self) -> str:
        """Through this project's points."""
        return " ".join(f"{dot.x},{dot.y}" for dot in self.ours)

    @property
    def fixed_line(self) -> str:
        """Through those of a fixed number of votes."""
        return " ".join(f"{dot.x},{dot.y}" for dot in self.fixed)


def cost_curve(project: Project) -> CostCurve | None:
    """None before people's error rates were fitted; a minute old at most, of large projects some more."""
    return CURVE.of(project)


def _curve(project: Project) -> CostCurve | None:
    key = f"cost-curve:{project.pk}"
    known: CostCurve | None = cache.get(key)
    if known is None and Annotation.objects.filter(project=project).exists():
        known = _work_out(project)
        if known is not None:
            cache.set(key, known, SECONDS)
    return known


CURVE = page_figure("overview.curve", _curve)


def _work_out(project: Project) -> CostCurve | None:
    stick = yardstick(project)
    if stick.row_id is None:
        return None
    ids = _by_chance(project)
    evidence = told(project, stick, [pk for pk, _ in ids])
    opinion = model_opinion(project, stick, evidence.item_ids, {pk for pk, held in ids if held})
    folds, total = folds_of(np.array(evidence.item_ids, np.int64)), len(evidence.answers)
    spots = []
    for count in np.unique(np.linspace(0, total, POINTS + 1).astype(int)):
        so_far = evidence.answers.where(np.arange(total) < count)
        spots.append((count / len(ids), float(posteriors(stick.fit, so_far, opinion, folds=folds).max(axis=1).mean())))
    votes = fixed_votes(stick.fit, seed=project.pk)
    return drawing(spots, [(float(k), share) for k, share in zip(FIXED, votes, strict=True)])


def _by_chance(project: Project) -> list[tuple[int, bool]]:
    """Some ready items and whether they are held out; of many, those that random numbers happen to meet."""
    items = Item.objects.filter(project=project, state=ItemState.READY)
    ends = items.aggregate(low=Min("pk"), high=Max("pk"))
    span = (ends["high"] or 0) - (ends["low"] or 0)
    if span > SPARSE * ITEMS:
        drawn = random.sample(range(ends["low"], ends["high"] + 1), 2 * ITEMS)
        met = list(items.filter(pk__in=drawn).values_list("pk", "heldout"))
        if len(met) >= ITEMS:  # else most numbers between belong to other projects
            return random.sample(met, ITEMS)
    return list(items.order_by("?").values_list("pk", "heldout")[:ITEMS])


def fixed_votes(fit: Fit, *, seed: int) -> list[float]:
    """How often the plurality of 1 .. 5 people is right, where they err as this fit says, hard items included."""
    rng = np.random.default_rng(seed)
    truth = rng.choice(fit.n_classes, SIMULATED, p=fit.prior / fit.prior.sum())
    pooled = fit.pooled[:, : fit.n_classes] / fit.pooled[:, : fit.n_classes].sum(axis=1, keepdims=True)
    appearance = _says(pooled[truth], rng)
    hard = rng.random(SIMULATED) < fit.hard
    votes, shares = np.zeros((SIMULATED, fit.n_classes)), []
    for _ in FIXED:
        follows = hard & (rng.random(SIMULATED) < fit.follow)
        said = np.where(follows, appearance, _says(pooled[truth], rng))
        votes[np.arange(SIMULATED), said] += 1
        best = (votes + rng.random(votes.shape) / 2).argmax(axis=1)  # ties fall by chance
        shares.append(float((best == truth).mean()))
    return shares


def _says(rows: Floats, rng: np.random.Generator) -> np.ndarray:
    """One draw from each row of shares."""
    return np.asarray((rng.random((len(rows), 1)) > rows.cumsum(axis=1)[:, :-1]).sum(axis=1))


def drawing(spots: list[tuple[float, float]], fixed: list[tuple[float, float]]) -> CostCurve:
    """Both lines in the drawing's units."""
    reach = max(3.2, *(answers for answers, _ in spots))
    shown = [row for row in fixed if row[0] <= reach]
    floor = min(0.9, *(int(share * 10) / 10 for _, share in [*spots, *shown]))

    def dot(answers: float, share: float) -> Dot:
        x = LEFT + answers / reach * (WIDTH - LEFT - RIGHT)
        y = TOP + (1 - share) / (1 - floor) * (HEIGHT - TOP - BOTTOM)
        return Dot(answers, share, round(x, 1), round(y, 1))

    marks = [(dot(0, value).y, f"{100 * value:.0f} %") for value in (1.0, (1 + floor) / 2, floor)]
    return CostCurve([dot(*spot) for spot in spots], [dot(*spot) for spot in shown], marks)
