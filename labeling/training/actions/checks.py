"""The preflight of a run: the light one always, the whole one before a full retrain."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from labeling.items.models import Item
from labeling.training.actions.light import insist, light
from labeling.training.actions.pulse import Pulse
from labeling.training.folders import place
from labeling.training.models import Run, Speed
from ml.preflight import Check, Verdict, check_declared_apart, failures, preflight, reason
from ml.snapshot import Snapshot as Frozen
from ml.train import CannotTrain, Recipe

ENTERS = "What enters"  # the row of ml.preflight.samples
SOURCE, SPEAKER = "source", "speaker"  # names of an item's metadata that say where it comes from


def check(run: Run, pulse: Pulse, frozen: Frozen, recipe: Recipe) -> None:
    """Write the rows; CannotTrain with the reason where one of them failed."""
    rows = light(frozen, recipe, run.speed)
    pulse.note(preflight=[row.to_json() for row in rows])
    insist(rows)
    if run.speed == Speed.WARM:
        return
    pulse.say("Preflight.", stage="Preflight")
    sources = metadata(frozen, SOURCE)
    found = preflight(frozen, recipe, place(run, "entered"), sources=sources, should_stop=pulse.stopping)
    known = {row.name for row in rows}
    rows += [*(_seen(row, frozen) for row in found.checks if row.name not in known), *_declared(frozen, sources)]
    pulse.note(
        preflight=[row.to_json() for row in rows], entered=[sample.to_json() for sample in found.samples]
    )
    if failures(rows):
        raise CannotTrain(reason(rows))


def _seen(row: Check, frozen: Frozen) -> Check:
    """Where the storage is no disk, there is no file to show: no reason to stop what learns from stored features."""
    elsewhere = not any(Path(each.path).is_absolute() for each in frozen.rows)
    if row.name == ENTERS and row.verdict is Verdict.FAILED and elsewhere:
        return replace(row, verdict=Verdict.WARNED, detail="The files are not on this machine's disk.")
    return row


def metadata(frozen: Frozen, name: str) -> list[str]:
    """What the items' metadata say, one a row; empty where they say nothing."""
    items = Item.objects.filter(pk__in=[int(row.id) for row in frozen.rows])
    said = dict(items.values_list("pk", f"metadata__{name}"))
    return [str(said.get(int(row.id)) or "") for row in frozen.rows]


def _declared(frozen: Frozen, sources: Sequence[str]) -> list[Check]:
    """Speakers and sources that are named but not declared as groups: to be known, and no reason to stop."""
    columns = {SPEAKER: metadata(frozen, SPEAKER), SOURCE: sources}
    rows = [check_declared_apart(frozen.rows, name, values) for name, values in columns.items() if any(values)]
    return [replace(row, verdict=Verdict.WARNED) if row.verdict is Verdict.FAILED else row for row in rows]
