"""What a run's page shows, from the run's own row."""

from typing import Any

from labeling.items.models import Item
from labeling.projects.models import Project
from labeling.training.folders import place
from labeling.training.matrix import growing, judged, people
from labeling.training.models import Run, RunState
from labeling.training.reads import UNDER_WAY, looks

SCALE = 100  # width of the drawn intervals
THIN = 1.0  # of a stroke
NOT_DRAWN = ("confusion",)


def seen(project: Project, run: Run) -> dict[str, Any]:
    """The context of the page and of its live parts."""
    points = [{key: value for key, value in point.items() if key not in NOT_DRAWN} for point in run.curve]
    took = run.finished_at - run.started_at if run.finished_at and run.started_at else None
    report: dict[str, Any] = run.report
    verdicts = [check["verdict"] for check in run.preflight]
    return {
        "project": project, "run": run, "took": took and took.total_seconds(), "going": run.state in UNDER_WAY,
        "growing": growing(run), "judged": judged(run), "people": people(run),
        "points": points, "last": points[-1] if points else None,
        "failed": run.state == RunState.FAILED, "looks": looks(run), "has_rate": any("lr" in row for row in points),
        "has_probe": any(row.get("probe") for row in points),
        "baselines": [_drawn(row) for row in report.get("baselines", [])],
        "slices": [_drawn(row) for row in report.get("slices", [])],
        "calibration": report.get("calibration", []), "mistakes": mistakes(run),
        "trials": _trials(run), "checks": {verdict: verdicts.count(verdict) for verdict in verdicts},
        "worse_parts": run.metrics.get("previous", {}).get("worse_parts", []),
    }  # fmt: skip


def _trials(run: Run) -> list[dict[str, Any]]:
    """The recipes tried, their changes in words."""
    rows: list[dict[str, Any]] = run.trials
    return [
        {**row, "changes": ", ".join(f"{name} {value}" for name, value in row["settings"].items())} for row in rows
    ]


def mistakes(run: Run) -> list[dict[str, Any]]:
    """The worst mistakes with their items and whether there is a picture of where the model looked."""
    rows: list[dict[str, Any]] = run.report.get("mistakes", [])
    items = Item.objects.select_related("blob").in_bulk([row["item"] for row in rows])
    names, folder = run.metrics.get("classes", []), place(run, "why")
    return [
        {
            "item": items[row["item"]], "truth": names[row["truth"]], "said": names[row["said"]],
            "confidence": row["confidence"], "why": (folder / f"{row['item']}.png").is_file(),
        }
        for row in rows if row["item"] in items
    ]  # fmt: skip


def _drawn(row: dict[str, Any]) -> dict[str, Any]:
    """A share with its interval, in the units of the drawing."""
    low, high, at = (round(SCALE * row[name], 1) for name in ("low", "high", "accuracy"))
    width = max(round(high - low, 1), THIN)
    return {**row, "left": min(low, SCALE - width), "width": width, "at": min(at, SCALE - THIN)}
