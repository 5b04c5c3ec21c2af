"""What the model has learnt since last week: the one that speaks now beside the one that spoke then."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.utils import timezone

from labeling.consensus.reads import verified
from labeling.figures.reads import page_figure
from labeling.projects.models import Project
from labeling.registry.models import ModelVersion
from labeling.registry.reads import promoted

WEEK = timedelta(days=7)
CLASSES_SHOWN = 3


@dataclass(frozen=True)
class ClassChange:
    """How often a class is recognised now and then, on held-out items."""

    name: str
    before: float
    now: float
    items: int

    @property
    def change(self) -> float:
        """Positive for the better."""
        return self.now - self.before


@dataclass(frozen=True)
class Learnt:
    """Both models with their figures, the classes that moved most, and the labels that came in."""

    before: ModelVersion
    now: ModelVersion
    labels: int  # verified since
    better: list[ClassChange]
    worse: list[ClassChange]


def learnt(project: Project) -> Learnt | None:
    """None where there is no model, or only one."""
    return LEARNT.of(project)


def _learnt(project: Project) -> Learnt | None:
    now = promoted(project)
    if now is None:
        return None
    since = timezone.now() - WEEK
    ever = ModelVersion.objects.filter(project=project, promoted_at__isnull=False).exclude(pk=now.pk)
    old = ever.filter(promoted_at__lte=since).order_by("-promoted_at").first()
    before = old or ever.order_by("promoted_at").first()
    if before is None or "confusion" not in now.metrics or "confusion" not in before.metrics:
        return None
    moved = sorted(_changes(before.metrics, now.metrics), key=lambda row: -row.change)
    labels = verified(project).filter(verified_at__gt=before.created_at, item__heldout=False).count()
    better = [row for row in moved if row.change > 0][:CLASSES_SHOWN]
    worse = [row for row in reversed(moved) if row.change < 0][:CLASSES_SHOWN]
    return Learnt(before, now, labels, better, worse)


def _changes(before: dict[str, Any], now: dict[str, Any]) -> list[ClassChange]:
    """Of the classes that both were judged on."""
    then, later = _recalls(before), _recalls(now)
    return [ClassChange(name, then[name][0], later[name][0], later[name][1]) for name in later if name in then]


def _recalls(metrics: dict[str, Any]) -> dict[str, tuple[float, int]]:
    """Share recognised and items, by class that has any."""
    rows = zip(metrics["classes"], metrics["confusion"], strict=True)
    return {name: (row[place] / sum(row), sum(row)) for place, (name, row) in enumerate(rows) if sum(row)}


LEARNT = page_figure("overview.learnt", _learnt)
