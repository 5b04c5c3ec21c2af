"""Real answers with truth, read from a folder of public data."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ml.truth.answers import Answers, Ints, collect
from tests.bench.truth.progress import say

SMALL = ("bluebirds", "product", "dogs")
CIFAR_ITEMS = 20_000
SEED = 5  # of the order in which an image's three answers come


@dataclass(frozen=True, eq=False)
class Crowd:
    """Answers, and the truth (N,) that judges them."""

    answers: Answers
    truth: Ints


def crowds(data: Path | None) -> dict[str, Crowd]:
    """The crowds that lie under the folder: either the folder of all, or one of its two."""
    if data is None:
        say("no DATA=: the real crowds are left out")
        return {}
    found: dict[str, Crowd] = {}
    for folder in (data, data / "crowds"):
        found |= {name: small(folder, name) for name in SMALL if (folder / f"{name}-answers.csv").exists()}
    for folder in (data, data / "cifar10n"):
        if (folder / "answers.csv").exists():
            found |= {f"cifar10n_{each}": cifar10n(folder, each) for each in (1, 2, 3)}
    if not found:
        say(f"no crowd under {data}: left out")
    return found


def small(folder: Path, name: str) -> Crowd:
    """Bluebirds, product or dogs."""
    truth = {row["question"]: int(row["truth"]) for row in rows(folder / f"{name}-truth.csv")}
    said = [row for row in rows(folder / f"{name}-answers.csv") if row["question"] in truth]
    items = {question: place for place, question in enumerate(truth)}
    people = {worker: place for place, worker in enumerate(dict.fromkeys(row["worker"] for row in said))}
    symbol = [int(row["answer"]) for row in said]
    answers = collect(
        [items[row["question"]] for row in said],
        [people[row["worker"]] for row in said],
        symbol,
        n_classes=max(*symbol, *truth.values()) + 1,
        n_items=len(items),
    )
    return Crowd(answers, np.array(list(truth.values()), np.int32))


def cifar10n(folder: Path, each: int) -> Crowd:
    """The first `each` answers to each image, in a seeded order; sorted by image, then by that order."""
    labels = [row["label"] for row in rows(folder / "train.csv")][:CIFAR_ITEMS]
    classes = {name: place for place, name in enumerate(sorted(set(labels)))}
    said = sorted(rows(folder / "answers.csv"), key=lambda row: row["file"])
    person = np.unique([int(row["worker"]) for row in said], return_inverse=True)[1].reshape(-1, 3)
    symbol = np.array([classes[row["answer"]] for row in said]).reshape(-1, 3)
    order = np.random.default_rng(SEED).random(symbol.shape).argsort(axis=1)[:, :each]
    answers = collect(
        np.repeat(np.arange(CIFAR_ITEMS), each),
        np.take_along_axis(person, order, axis=1),
        np.take_along_axis(symbol, order, axis=1),
        n_classes=len(classes),
    )
    return Crowd(answers, np.array([classes[label] for label in labels], np.int32))


def rows(path: Path) -> list[dict[str, str]]:
    """The rows of a CSV file."""
    with path.open(newline="") as file:
        return list(csv.DictReader(file))
