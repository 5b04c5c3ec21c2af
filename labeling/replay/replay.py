"""A whole replay: prepared once, played for each policy and seed in a process and a database of its own."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from labeling.replay.policy import Job, Policy
from labeling.replay.scratch import Scratch, database, scratch

Points = list[dict[str, Any]]
BASE = "base"


@dataclass(frozen=True)
class Prepared:
    """A record with its items and features, brought in once; policies differ in how it is played alone."""

    place: Scratch
    job: Job
    environment: Mapping[str, str]

    def play(self, policy: Policy, seed: int) -> Points:
        """The points of one policy in one order of the answers, on a copy of what was prepared."""
        name = f"{'loop' if policy.model else 'people'}_{seed}"
        with database(self.place, name, like=BASE):
            path = replace(self.job, policy=policy, seed=seed, prepare=False).save(self.place.folder / f"{name}.json")
            self.place.manage(name, "play_replay", str(path), **self.environment)
        points: Points = json.loads(Path(self.job.out).read_text(encoding="utf-8"))
        return points


@contextmanager
def prepared(
    *,
    answers: Path,
    truth: Path | None,
    files: Path | None,
    features: Path | None,
    policy: Policy,
    environment: Mapping[str, str] | None = None,
) -> Iterator[Prepared]:
    """Everything that was made for it is gone afterwards."""
    with scratch() as place, database(place, BASE):
        out = place.folder / "points.json"
        job = Job(
            str(answers.resolve()), _text(truth), _text(files), _text(features), policy, 0, True, str(out),
        )  # fmt: skip
        own = environment or {}
        place.manage(BASE, "migrate", "--verbosity", "0", **own)
        place.manage(BASE, "play_replay", str(job.save(place.folder / "base.json")), **own)
        yield Prepared(place, job, own)


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
    """The points of each seed."""
    with prepared(
        answers=answers, truth=truth, files=files, features=features, policy=policy, environment=environment
    ) as stage:
        return [stage.play(policy, seed) for seed in seeds]


def _text(path: Path | None) -> str | None:
    return None if path is None else str(path.resolve())
