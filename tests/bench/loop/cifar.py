"""Real people's answers to pictures, which come in through our own ingest and features."""

import csv
import os
import time
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

from labeling.replay.policy import Policy
from labeling.replay.replay import Points, prepared
from tests.bench.loop.keys import Given, baselines, crossing, curve, table

FIRST, COUNT = int(os.environ.get("FIRST", "5000")), int(os.environ.get("COUNT", "15000"))
SEEDS = tuple(range(int(os.environ.get("SEEDS", "3"))))
RICH = "efficientnet-lite2+lite0-stages@160"
THREADS = os.environ.get("OMP_NUM_THREADS", "1")
MAJORITY = 0.9118  # of three, on all 50,000 pictures
POLICY = Policy(
    target=float(os.environ.get("TARGET", "0.95")), limit=3, until=float(os.environ.get("UNTIL", "1.5")),
    heldout_share=float(os.environ.get("HELDOUT", "0.01")),
)  # fmt: skip
ALONE = os.environ.get("ALONE", "1") != "0"
PEOPLE = replace(POLICY, model=False, until=3.0, step=0.5)


def figures(home: Path, folder: Path) -> dict[str, Any]:
    """The keys of the loop, of people alone weighed by our consensus, and of fixed numbers of answers."""
    given = extract(home / "cifar10n", folder)
    features = Path(os.environ.get("FEATURES", f".emerald/bench/loop-{FIRST}-{COUNT}.npz"))
    environment = {"EMERALD_PICTURE_FEATURES": RICH, "OMP_NUM_THREADS": THREADS}
    began = time.monotonic()
    with prepared(
        answers=folder / "answers.csv", truth=folder / "train.csv", files=folder / "files", features=features,
        policy=POLICY, environment=environment,
    ) as stage:  # fmt: skip
        prepared_in = time.monotonic() - began
        loops, seconds = [], []
        for seed in SEEDS:
            begun = time.monotonic()
            loops.append(stage.play(POLICY, seed))
            seconds.append(time.monotonic() - begun)
            print(f"after {len(loops)} seeds:", curve(loops, MAJORITY), flush=True)  # whoever stops it here has these
        alone = people(stage.play(PEOPLE, SEEDS[0])) if ALONE else {}
    return {
        "items": COUNT, "first": FIRST, "seeds": len(SEEDS), **curve(loops, MAJORITY), **baselines(given.values()),
        **alone, "seconds_to_prepare": round(prepared_in, 1), "seconds_per_seed": round(sum(seconds) / len(seconds), 1),
    }  # fmt: skip


def people(points: Points) -> dict[str, Any]:
    """The keys of people alone, weighed by our consensus."""
    return {
        "people_answers_for_912": round(crossing(points, MAJORITY), 4),
        "people_acc_at_end": round(points[-1]["accuracy"], 4),
        "people_answers_at_end": round(points[-1]["answers"], 4),
    }  # fmt: skip


def extract(data: Path, folder: Path) -> Given:
    """The chosen items' pictures, answers and clean labels as files; returns the answers and labels."""
    chosen = {f"{at:05d}.jpg" for at in range(FIRST, FIRST + COUNT)}
    (folder / "files").mkdir()
    with zipfile.ZipFile(data / "train.zip") as archive:
        for name in archive.namelist():
            if Path(name).name in chosen:
                (folder / "files" / Path(name).name).write_bytes(archive.read(name))
    for name in ("answers.csv", "train.csv"):
        with (data / name).open(newline="") as file, (folder / name).open("w", newline="") as out:
            reader = csv.DictReader(file)
            writer = csv.DictWriter(out, reader.fieldnames or [])
            writer.writeheader()
            writer.writerows(row for row in reader if row["file"] in chosen)
    truth = dict(table(folder / "train.csv", "file", "label"))
    given: Given = {name: ([], truth[name]) for name in truth}
    for name, answer in table(folder / "answers.csv", "file", "answer"):
        given[name][0].append(answer)
    return given
