"""A whole replay: prepared once, played for each seed in a process and a database of its own."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from labeling.replay.policy import Job, Policy
from labeling.replay.scratch import database, scratch

Points = list[dict[str, Any]]


def replay(
    *,
    answers: Path,
    truth: Path | None,
    files: Path | None,
    features: Path | None,
    policy: Policy,
    seeds: Sequence[int],
    environment: Mapping[str, str] | None = None,
) -> list[Points]:
    """The points of each seed; everything that was made for it is gone afterwards."""
    with scratch() as place, database(place, "base"):
        out = place.folder / "points.json"
        job = Job(
            str(answers.resolve()), _text(truth), _text(files), _text(features), policy, 0, True, str(out),
        )  # fmt: skip
        own = environment or {}
        place.manage("base", "migrate", "--verbosity", "0", **own)
        place.manage("base", "play_replay", str(job.save(place.folder / "base.json")), **own)
        found = []
        for seed in seeds:
            name = f"seed_{seed}"
            with database(place, name, like="base"):
                path = replace(job, seed=seed, prepare=False).save(place.folder / f"{name}.json")
                place.manage(name, "play_replay", str(path), **own)
            found.append(json.loads(out.read_text(encoding="utf-8")))
        return found


def _text(path: Path | None) -> str | None:
    return None if path is None else str(path.resolve())
