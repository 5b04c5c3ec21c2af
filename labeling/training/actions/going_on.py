"""What a full retrain that failed left behind: the next one goes on from it, or it is dropped."""

from dataclasses import replace
from pathlib import Path

from labeling.datasets.models import Snapshot
from labeling.registry import artefacts
from labeling.training.actions.clear import artefact_of
from labeling.training.actions.pulse import Pulse
from labeling.training.models import Run, RunState, Speed
from ml.train import Recipe

DIVERGED = "diverged"  # an empty file beside the checkpoints of a training whose numbers went away
LOWER = 0.1  # of the rate that was too high: the next power of ten
ASIDE = {"device": "", "lr": 0}  # what may differ where one goes on from another


def go_on(run: Run, pulse: Pulse, snapshot: Snapshot, recipe: Recipe, place: Path) -> Recipe:
    """Take over the newest checkpoints of the same labels and recipe; where these diverged, at a tenth of the rate.

    All others that failed runs of the project left are removed.
    """
    failed = Run.objects.filter(project=run.project, speed=Speed.DEEP, state=RunState.FAILED, number__lt=run.number)
    for other in failed.order_by("-number"):
        left = artefacts.folder(artefact_of(other))
        if not left.exists():
            continue
        if place.exists() or other.snapshot_id != snapshot.pk or not _alike(other, recipe):
            artefacts.remove(artefact_of(other))
            continue
        left.rename(place)
        pulse.say(f"Going on from where run {other.number} was.")
        recipe = _slower(pulse, Recipe.from_json(other.recipe), recipe, place)
    return recipe


def mark_diverged(run: Run) -> str:
    """Leave word beside the checkpoints, and say so to the owner; nothing where there are none."""
    left = artefacts.folder(artefact_of(run))
    if not left.exists():
        return ""
    (left / DIVERGED).touch()
    return " The next full retrain of the same labels goes on from what is kept, at a tenth of the rate."


def _alike(other: Run, recipe: Recipe) -> bool:
    return bool(other.recipe) and other.recipe | ASIDE == recipe.to_json() | ASIDE


def _slower(pulse: Pulse, before: Recipe, recipe: Recipe, place: Path) -> Recipe:
    """The recipe at the rate that fits what was taken over."""
    marked = place / DIVERGED
    slower = replace(recipe, lr=before.lr * LOWER if marked.exists() else before.lr)
    if slower.lr != recipe.lr:
        pulse.say(f"At a rate of {slower.lr:g} in place of {recipe.lr:g}.", recipe=slower.to_json())
    marked.unlink(missing_ok=True)  # after the row: a process killed in between lowers the rate once more, no harm
    return slower
