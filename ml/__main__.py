"""`python -m ml SNAPSHOT FOLDER [--recipe FILE]`: train from a snapshot in a plain folder; under torchrun, together."""

import argparse
import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

from ml import parallel
from ml.recipe import CannotTrain, Recipe, usual_recipe
from ml.snapshot import Snapshot, read_snapshot
from ml.train import train


def main() -> None:
    """Lines of the curve go to stderr as JSON; the last line of stdout tells how good the model is."""
    parser = argparse.ArgumentParser(prog="python -m ml", description=__doc__)
    parser.add_argument("snapshot", type=Path)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--recipe", type=Path, help="JSON of a recipe; what is left out is as by default")
    chosen = parser.parse_args()
    snapshot = read_snapshot(chosen.snapshot)
    recipe = _recipe(snapshot, chosen.recipe)
    with parallel.together(recipe.device) as device:
        try:
            trained = train(snapshot, replace(recipe, device=device), chosen.folder, _say)
        except CannotTrain as error:
            raise SystemExit(error.reason) from error
        if parallel.rank() == 0:
            print(json.dumps({"accuracy": trained.accuracy, "nll": trained.nll, "seconds": round(trained.seconds, 3)}))


def _recipe(snapshot: Snapshot, path: Path | None) -> Recipe:
    given: dict[str, Any] = {} if path is None else json.loads(path.read_text(encoding="utf-8"))
    values = usual_recipe(snapshot.kind, given.get("backbone", snapshot.feature_version)).to_json()
    if given:
        values |= {**given, "augment": {**values["augment"], **given.get("augment", {})}}
    return Recipe.from_json(values)


def _say(event: dict[str, Any]) -> None:
    if parallel.rank() == 0:
        print(json.dumps(event), file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
