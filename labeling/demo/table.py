"""The table at the end: every figure from the server's exports and runs, and from the truth that the demo kept."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from ml.evaluate import wilson


@dataclass(frozen=True)
class Share:
    """A share with its number of cases; printed with its 95 % interval."""

    hits: int
    cases: int

    @property
    def value(self) -> float:
        return self.hits / self.cases if self.cases else float("nan")

    def __str__(self) -> str:
        low, high = wilson(self.hits, self.cases)
        return f"{self.value:.1%} [{low:.1%}, {high:.1%}]" if self.cases else "-"


@dataclass(frozen=True)
class Part:
    """What one round of one arm came to."""

    items: int
    answers: int
    verified: int
    by_expert: int
    right: int

    @property
    def answers_per_label(self) -> float:
        return self.answers / self.verified if self.verified else float("nan")

    @property
    def accuracy(self) -> Share:
        return Share(self.right, self.verified)

    def __add__(self, other: "Part") -> "Part":
        return Part(
            self.items + other.items, self.answers + other.answers, self.verified + other.verified,
            self.by_expert + other.by_expert, self.right + other.right,
        )  # fmt: skip


@dataclass(frozen=True)
class Judged:
    """A model on the held-out split."""

    number: int
    accuracy: float
    low: float
    high: float
    items: int

    def __str__(self) -> str:
        return f"model {self.number}: {self.accuracy:.1%} [{self.low:.1%}, {self.high:.1%}] of {self.items}"


def part(labels: Iterable[dict[str, Any]], answers: Iterable[dict[str, Any]], truth: dict[str, str]) -> Part:
    """Count over the exported rows of the files named in `truth`; answers taken back do not count."""
    mine = [row for row in labels if row["file"] in truth]
    verified = [row for row in mine if row["verdict"] == "verified"]
    return Part(
        items=len(mine),
        answers=sum(row["file"] in truth and row["retracted_at"] is None for row in answers),
        verified=len(verified),
        by_expert=sum(row["by_expert"] for row in verified),
        right=sum(row["label"] == truth[row["file"]] for row in verified),
    )


@dataclass(frozen=True)
class Result:
    """One project in both arms: parts by round, and the models of the arm that has any."""

    name: str
    helped: Sequence[Part]
    control: Sequence[Part]
    before: Judged | None
    after: Judged | None

    @property
    def saved(self) -> float:
        """Share of the control arm's answers a label that the model saves in the last round."""
        return 1 - self.helped[-1].answers_per_label / self.control[-1].answers_per_label


def compared(saved: float) -> str:
    """A saving in words, also where it is none."""
    return f"{saved:.0%} fewer" if saved >= 0 else f"{-saved:.0%} more"


HEAD = ("", "items", "answers", "verified", "by expert", "answers/label", "labels that are true [95 %]")


def cells(title: str, figures: Part) -> tuple[str, ...]:
    """One line of the table."""
    numbers = (figures.items, figures.answers, figures.verified, figures.by_expert)
    return (title, *map(str, numbers), f"{figures.answers_per_label:.2f}", str(figures.accuracy))


def lines(result: Result) -> list[str]:
    """The project's table as text."""
    rows: list[tuple[str, ...]] = [HEAD]
    for arm, parts in (("with the model", result.helped), ("without it", result.control)):
        rows += [cells(f"round {number}, {arm}", one) for number, one in enumerate(parts, start=1)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEAD))]
    text = [
        "  ".join(cell.ljust(width) if at in (0, 6) else cell.rjust(width) for at, (cell, width) in enumerate(pairs))
        for pairs in (tuple(zip(row, widths, strict=True)) for row in rows)
    ]
    last = len(result.helped)
    return [
        result.name,
        *(f"  {line.rstrip()}" for line in text),
        f"  In round {last} a verified label takes {compared(result.saved)} answers with the model than without it.",
        f"  On the held-out split, before round {last}: {result.before or 'no model'}",
        f"  On the held-out split, after round {last}:  {result.after or 'no model'}",
    ]
