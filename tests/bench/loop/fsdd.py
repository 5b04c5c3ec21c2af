"""Spoken digits and simulated people: private confusion, difficulty that an item has for all, a known copy rate."""

import csv
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from labeling.replay.policy import Policy
from labeling.replay.replay import prepared
from tests.bench.loop.keys import baselines, curve, table

PEOPLE, ANSWERS = 12, 3
SKILL = (0.75, 0.95)  # how often somebody is right about an easy item, from the least able to the ablest
HARD, FOLLOW = 0.10, 0.6  # share of items that look like another one to everybody, and how often one goes by that look
COPY_RATE = 0.25  # of wrong suggestions in view that are taken unseen
READ = {"read": "copy_rate", "low": "copy_low", "high": "copy_high"}
SEEDS = tuple(range(int(os.environ.get("SEEDS", "3"))))
POLICY = Policy(target=0.95, limit=ANSWERS, until=1.6, heldout_share=0.04)
# Suggestions in half of the cases, and a target that asks of nearly all items again: the meter goes by later answers.
COPIED = replace(POLICY, shown=0.5, copying=COPY_RATE, target=0.99, floor=0.99, until=3.0)


def figures(home: Path, folder: Path) -> dict[str, Any]:
    """The loop's keys under `fsdd_`, and the copy rate that the product measures when the same people copy."""
    rows = table(home / "fsdd" / "clips.csv", "file", "label")
    crowd = Crowd(sorted({label for _, label in rows}), np.random.default_rng(0))
    said = {file: crowd.answers(label) for file, label in rows}
    path = folder / "answers.csv"
    with path.open("w", newline="", encoding="utf-8") as out:
        writer = csv.writer(out)
        writer.writerow(["item", "person", "answer"])
        writer.writerows((file, who, answer) for file, given in said.items() for who, answer in given)
    fixed = baselines([([answer for _, answer in said[file]], label) for file, label in rows])
    with prepared(
        answers=path, truth=home / "fsdd" / "clips.csv", files=home / "fsdd" / "clips.zip", features=None, policy=POLICY
    ) as stage:
        loops = [stage.play(POLICY, seed) for seed in SEEDS]
    with prepared(
        answers=path, truth=home / "fsdd" / "clips.csv", files=home / "fsdd" / "clips.zip", features=None, policy=COPIED
    ) as stage:
        copied = stage.play(COPIED, 0)[-1]
    found = {**curve(loops, fixed["majority3_acc"]), **fixed}
    found["answers_for_majority3"] = found.pop("answers_for_912")
    return {f"fsdd_{name}": each for name, each in {**found, **_copying(copied)}.items()}


def _copying(end: dict[str, Any]) -> dict[str, Any]:
    """What the meter read of people who copy, where their replay ended, and how right the labels are in spite of it."""
    read = {f"copy_rate_{name}": round(end[key], 3) for name, key in READ.items()}
    told = {f"copied_{name}": round(end[name], 4) for name in ("answers", "accuracy", "stated")}
    return {"copy_rate": COPY_RATE, **read, **told}


class Crowd:
    """People who answer; everything is drawn from one generator."""

    def __init__(self, classes: list[str], random: np.random.Generator) -> None:
        """A confusion matrix each: the mass of errors lies where a Dirichlet draw of their own puts it."""
        self.classes, self.random, count = classes, random, len(classes)
        self.confusion = np.empty((PEOPLE, count, count))
        for person, skill in enumerate(np.linspace(*SKILL, PEOPLE)):
            for true in range(count):
                errors = random.dirichlet(np.full(count - 1, 0.5)) * (1 - skill)
                self.confusion[person, true] = np.insert(errors, true, skill)

    def say(self, person: int, true: int, look: int | None) -> int:
        """What one person says of an item of a class, `look` being what it looks like to everybody where it is hard."""
        if look is not None and self.random.random() < FOLLOW:
            return look
        return int(self.random.choice(len(self.classes), p=self.confusion[person, true]))

    def look(self, true: int) -> int | None:
        """Another class that an item looks like, if it is hard."""
        if self.random.random() >= HARD:
            return None
        return int((true + self.random.integers(1, len(self.classes))) % len(self.classes))

    def answers(self, label: str) -> list[tuple[str, str]]:
        """Different people's answers to one item."""
        true = self.classes.index(label)
        look, people = self.look(true), self.random.permutation(PEOPLE)[:ANSWERS]
        return [(f"person {who}", self.classes[self.say(int(who), true, look)]) for who in people]
