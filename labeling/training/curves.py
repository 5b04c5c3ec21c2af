"""A run's curve as an event file that TensorBoard reads."""

from typing import Any

from labeling.training.models import Run
from ml.events import event_file

SCALARS = {
    "loss": "loss", "validation_loss": "loss/validation", "validation_accuracy": "accuracy/validation", "lr": "lr",
    "precision": "precision",
}  # fmt: skip


def events_of(run: Run) -> tuple[str, bytes]:
    """The file's name and bytes: every scalar of every step, and what was said of the fixed batch."""
    begun = (run.started_at or run.created_at).timestamp()
    data = event_file((_scalars(point) for point in run.curve), begun)
    return f"events.out.tfevents.{int(begun)}.run-{run.number}", data


def _scalars(point: dict[str, Any]) -> dict[str, float]:
    found = {tag: float(point[name]) for name, tag in SCALARS.items() if name in point}
    return found | {f"probe/item {at}": share for at, share in enumerate(point.get("probe", []), start=1)}
