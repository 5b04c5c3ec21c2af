"""What remains, and when it will be done at the pace at which items were really settled, pauses and nights included."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
from django.db.models import Count
from django.db.models.functions import TruncHour
from django.utils import timezone
from numpy.typing import NDArray

from labeling.assignments.reads import remaining
from labeling.consensus.reads import verified
from labeling.figures.reads import page_figure
from labeling.projects.models import Project

WINDOW = timedelta(days=7)
LEAST_HOURS = 3  # of work and rest: from fewer nothing is told
DRAWS = 2000
LEVEL = 0.95
LONGEST = 24 * 365 * 5  # hours: what lies further off is told as unknown


@dataclass(frozen=True)
class Forecast:
    """left: items that still want an answer; per_hour: items settled; times None where the pace tells nothing."""

    left: int
    per_hour: float
    done_at: datetime | None
    earliest: datetime | None
    latest: datetime | None  # None beside `earliest`: no end can be told
    hours: int  # looked at


def hours_left(left: int, settled: NDArray[np.int64], *, seed: int) -> tuple[float, float, float]:
    """Hours until nothing is left, and a 95 % interval by bootstrap over hours (n,), the idle ones too."""
    rate = float(settled.mean()) if settled.size else 0.0
    if rate == 0:
        return float("inf"), float("inf"), float("inf")
    drawn = np.random.default_rng(seed).choice(settled, (DRAWS, settled.size)).mean(axis=1)
    ends = np.quantile(left / np.maximum(drawn, 1e-9), [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return left / rate, float(ends[0]), float(ends[1])


def forecast(project: Project) -> Forecast:
    """By the items settled in each hour of the last week, or since the first one."""
    return FORECAST.of(project)


def _foretold(project: Project) -> Forecast:
    now, left = timezone.now(), remaining(project)
    rows = verified(project).filter(auto=False, verified_at__gte=now - WINDOW)
    by_hour = dict(rows.annotate(hour=TruncHour("verified_at")).values_list("hour").annotate(Count("pk")))
    if not by_hour:
        return Forecast(left, 0.0, None, None, None, 0)
    first = min(by_hour)
    hours = int((now - first).total_seconds() // 3600) + 1
    settled = np.array([by_hour.get(first + timedelta(hours=at), 0) for at in range(hours)], np.int64)
    middle, low, high = hours_left(left, settled, seed=project.pk)
    known = [hours >= LEAST_HOURS and end < LONGEST for end in (middle, low, high)]
    ends = zip((middle, low, high), known, strict=True)
    told = [now + timedelta(hours=end) if near else None for end, near in ends]
    return Forecast(left, float(settled.mean()), told[0], told[1], told[2], hours)


FORECAST = page_figure("overview.forecast", _foretold)
