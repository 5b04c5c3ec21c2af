"""The owner's budget of other recipes, tried before a full retrain; each is a row of the run as soon as it is over."""

from dataclasses import replace
from pathlib import Path

from labeling.projects.models import Project
from labeling.training.actions.pulse import Pulse
from labeling.training.models import Run, RunState, Speed
from labeling.training.reads import policy_of
from ml.search import Trial, chosen, drawn, search
from ml.snapshot import Snapshot as Frozen
from ml.train import Recipe


def searched(run: Run, pulse: Pulse, frozen: Frozen, recipe: Recipe, place: Path) -> Recipe:
    """The recipe to train with; a killed run goes on with the trials that are left."""
    budget = policy_of(run.project).trials
    rows = list(run.trials)
    if run.speed == Speed.WARM or not budget or any("taken" in row for row in rows):
        return recipe
    trials = [Trial(**row) for row in rows]
    most = len(drawn(recipe, frozen.kind, budget))
    pulse.say(f"Trying {most - 1} other recipes.", stage=f"Searching: {len(rows)} of {most}")

    def keep(trial: Trial) -> None:
        trials.append(trial)
        rows.append(trial.to_json())
        pulse.note(trials=rows, stage=f"Searching: {len(rows)} of {most}")

    found = search(frozen, recipe, budget, place, keep, pulse.stopping, tuple(trials))
    best = chosen(trials).number
    told = [{**row, "taken": row["number"] == best} for row in rows]
    pulse.say(f"Taken: recipe {best} of {most}." if best else "None is better.", trials=told, recipe=found.to_json())
    return found


def as_found(project: Project, recipe: Recipe) -> Recipe:
    """What a refit learns with where a search found a head: the same as the model that it refits."""
    last = Run.objects.filter(project=project, state=RunState.DONE, speed=Speed.DEEP, promoted=True).last()
    if last is None or not last.trials or last.recipe.get("kind") != recipe.kind:
        return recipe
    if last.recipe.get("backbone", "") != recipe.backbone:  # found for other features
        return recipe
    return replace(Recipe.from_json(last.recipe), device=recipe.device)
