"""A confusion matrix as rows that a table shows."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from labeling.training.models import Run

SHADES = 10


@dataclass(frozen=True)
class Cell:
    """How often one class was called another; `heat` is 0..10 of the row's share."""

    count: int
    heat: int
    right: bool


@dataclass(frozen=True)
class Line:
    """One true class."""

    name: str
    cells: list[Cell]
    total: int
    recall: float | None
    precision: float | None  # of what was said to be of this class, the share that is


def lines(names: Sequence[str], counts: Sequence[Sequence[int]]) -> list[Line]:
    """[truth][said] counts to lines, in the order of the classes."""
    said = [sum(row[place] for row in counts) for place in range(len(counts))]
    return [_line(names[place], place, row, said[place]) for place, row in enumerate(counts)]


def _line(name: str, place: int, row: Sequence[int], called: int) -> Line:
    total, right = sum(row), row[place]
    cells = [Cell(count, _heat(count, total), said == place) for said, count in enumerate(row)]
    return Line(name, cells, total, right / total if total else None, right / called if called else None)


def _heat(count: int, total: int) -> int:
    """Never 0 where there is one."""
    return max(1, round(SHADES * count / total)) if count else 0


def growing(run: Run) -> list[Line]:
    """The matrix of the training so far, from models that did not see the item; empty before the first fold."""
    point: dict[str, Any] = run.curve[-1] if run.curve else {}
    counts = point.get("confusion", [])
    names = [row["name"] for row in run.snapshot.counts["classes"]] if run.snapshot else []
    return lines(names, counts) if len(counts) == len(names) else []


def judged(run: Run) -> list[Line]:
    """The matrix on the held-out items; empty before the judgement."""
    return lines(run.metrics.get("classes", []), run.metrics.get("confusion", []))


def people(run: Run) -> list[Line]:
    """What single people said of the same items without a suggestion; empty where that was not kept."""
    return lines(run.metrics.get("classes", []), run.report.get("people", []))
