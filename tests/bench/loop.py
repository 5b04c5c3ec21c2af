"""Real people's answers replayed through the product: accuracy against answers an item, on items 5,000 to 19,999.

Baselines in the same run: majority of three, two and a third where they differ, and people alone with our consensus.
FIRST= and COUNT= choose other items (tuned on 0 to 4,999 alone), SEEDS= how often, FEATURES= a file that keeps the
vectors of pictures from one run to the next. Clean labels judge and do nothing else.
"""

import csv
import os
import shutil
import tempfile
import time
import zipfile
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import django
import numpy as np

from labeling.replay.policy import Policy
from labeling.replay.replay import Points, replay
from labeling.supervisor import postgres

FIRST, COUNT = int(os.environ.get("FIRST", "5000")), int(os.environ.get("COUNT", "15000"))
SEEDS = tuple(range(int(os.environ.get("SEEDS", "3"))))
QUICK = ("-c", "fsync=off", "-c", "synchronous_commit=off", "-c", "full_page_writes=off", "-c", "max_connections=40")
RICH = "efficientnet-lite2+lite0-stages@160"
THREADS = os.environ.get("OMP_NUM_THREADS", "1")
MAJORITY = 0.9118  # of three, on all 50,000 pictures
T975 = {1: 12.71, 2: 4.30, 3: 3.18, 4: 2.78}  # Student's quantiles by degrees of freedom


def run(data: Path | None) -> dict[str, Any]:
    """Everything on one set of items."""
    if data is None:
        raise SystemExit("Say where the data lies: DATA=../shared/data/cifar10n")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "labeling.settings")
    with ExitStack() as stack:
        folder = Path(tempfile.mkdtemp(prefix="emerald-loop-"))
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        folder.chmod(0o711)
        server = postgres.Postgres(folder / "postgres", folder / "pg", QUICK)
        stack.enter_context(postgres.running(server))
        os.environ["DATABASE_URL"] = server.url("emerald")
        django.setup()
        given = extract(data, folder)
        return figures(folder, given)


def extract(data: Path, folder: Path) -> dict[str, list[tuple[str, str, str]]]:
    """The chosen items' pictures, answers and clean labels as files; returns the answers by file."""
    chosen = {f"{at:05d}.jpg" for at in range(FIRST, FIRST + COUNT)}
    (folder / "files").mkdir()
    with zipfile.ZipFile(data / "train.zip") as archive:
        for name in archive.namelist():
            if Path(name).name in chosen:
                (folder / "files" / Path(name).name).write_bytes(archive.read(name))
    given: dict[str, list[tuple[str, str, str]]] = {}
    for name, kept in (("answers.csv", "answer"), ("train.csv", "label")):
        with (data / name).open(newline="") as file, (folder / name).open("w", newline="") as out:
            reader = csv.DictReader(file)
            writer = csv.DictWriter(out, reader.fieldnames or [])
            writer.writeheader()
            for row in reader:
                if row["file"] in chosen:
                    writer.writerow(row)
                    given.setdefault(row["file"], []).append((kept, row.get("worker", ""), row[kept]))
    return given


def figures(folder: Path, given: dict[str, list[tuple[str, str, str]]]) -> dict[str, Any]:
    """The keys."""
    policy = Policy(
        target=float(os.environ.get("TARGET", "0.95")), limit=3, until=float(os.environ.get("UNTIL", "1.6")),
        heldout_share=float(os.environ.get("HELDOUT", "0.01")),
    )  # fmt: skip
    features = Path(os.environ.get("FEATURES", f".emerald/bench/loop-{FIRST}-{COUNT}.npz"))
    began = time.monotonic()
    common: dict[str, Any] = {"answers": folder / "answers.csv", "truth": folder / "train.csv", "seeds": SEEDS}
    environment = {"EMERALD_PICTURE_FEATURES": RICH, "OMP_NUM_THREADS": THREADS}
    loops = replay(**common, files=folder / "files", features=features, policy=policy, environment=environment)
    seconds = (time.monotonic() - began) / len(SEEDS)
    found: dict[str, Any] = {"items": COUNT, "first": FIRST, "seeds": len(SEEDS), **curve(loops), **baselines(given)}
    found["seconds_per_seed"] = round(seconds, 1)
    return found


def curve(seeds: list[Points]) -> dict[str, Any]:
    """The curve's keys, each with half its 95 % interval over seeds."""
    found: dict[str, Any] = {}
    for at in (0.5, 0.75, 1.0, 1.5):
        put(found, f"acc_at_{at}", [value(points, at, "accuracy") for points in seeds])
    reached = [crossing(points) for points in seeds]
    put(found, "answers_for_912", reached)
    put(found, "ratio_to_fixed3", [3 / each for each in reached])
    for key, name in (
        ("verified_share", "verified"), ("stated_precision", "stated_precision"), ("real_precision", "real_precision"),
        ("stated_over_all", "stated"),
    ):  # fmt: skip
        put(found, f"{key}_at_1.0", [value(points, 1.0, name) for points in seeds])
    found["curve"] = [[round(point["answers"], 3), round(point["accuracy"], 4)] for point in seeds[0]]
    return found


def put(found: dict[str, Any], key: str, values: list[float]) -> None:
    """A mean, and how far it may be off."""
    found[key] = round(float(np.mean(values)), 4)
    if len(values) > 1:
        half = T975.get(len(values) - 1, 2.0) * float(np.std(values, ddof=1)) / len(values) ** 0.5
        found[f"{key}_pm"] = round(half, 4)


def value(points: Points, at: float, name: str) -> float:
    """On the line between the points about so many answers."""
    known = [point for point in points if point[name] is not None]
    return float(np.interp(at, [point["answers"] for point in known], [point[name] for point in known]))


def crossing(points: Points) -> float:
    """Answers an item at which the curve first reaches what the majority of three reaches; infinite where never."""
    before = (0.0, 0.1)
    for point in points:
        here = (point["answers"], point["accuracy"])
        if here[1] >= MAJORITY:
            share = (MAJORITY - before[1]) / (here[1] - before[1])
            return float(before[0] + share * (here[0] - before[0]))
        before = here
    return float("inf")


def baselines(given: dict[str, list[tuple[str, str, str]]]) -> dict[str, Any]:
    """Majority of three with ties broken at random in expectation, and a third answer only where two differ."""
    right, cost = [], []
    for rows in given.values():
        answers = [answer for kind, _, answer in rows if kind == "answer"]
        truth = next(label for kind, _, label in rows if kind == "label")
        most = max(answers.count(answer) for answer in answers)
        best = {answer for answer in answers if answers.count(answer) == most}
        right.append((truth in best) / len(best))
        pairs = [(0, 1), (0, 2), (1, 2)]
        cost.append(2 + np.mean([answers[a] != answers[b] for a, b in pairs]))
    return {
        "majority3_acc": round(float(np.mean(right)), 4), "majority3_answers": 3.0,
        "two_and_third_answers": round(float(np.mean(cost)), 3),
    }  # fmt: skip
