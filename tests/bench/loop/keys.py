"""From points of replays to figures with intervals."""

import csv
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from labeling.replay.replay import Points

T975 = {1: 12.71, 2: 4.30, 3: 3.18, 4: 2.78}  # Student's quantiles by degrees of freedom
AT = (0.5, 0.75, 1.0, 1.5)  # answers an item

Given = dict[str, tuple[list[str], str]]  # item -> everybody's answers, true label


def curve(seeds: Sequence[Points], wanted: float) -> dict[str, Any]:
    """The curve's keys, each with half its 95 % interval over seeds; `wanted` is the accuracy to be reached."""
    found: dict[str, Any] = {}
    for at in AT:
        put(found, f"acc_at_{at}", [value(points, at, "accuracy") for points in seeds])
    reached = [crossing(points, wanted) for points in seeds]
    put(found, "answers_for_912", reached)
    put(found, "ratio_to_fixed3", [3 / each for each in reached])
    for key, name in (
        ("verified_share", "verified"), ("stated_precision", "stated_precision"), ("real_precision", "real_precision"),
        ("stated_over_all", "stated"),
    ):  # fmt: skip
        put(found, f"{key}_at_1.0", [value(points, 1.0, name) for points in seeds])
    put(found, "answers_at_end", [points[-1]["answers"] for points in seeds])
    put(found, "acc_at_end", [points[-1]["accuracy"] for points in seeds])
    put(found, "seconds_of_play", [points[-1]["seconds"] for points in seeds])
    put(found, "cpu_seconds_of_play", [points[-1]["cpu_seconds"] for points in seeds])
    found["curve"] = [[round(point["answers"], 3), round(point["accuracy"], 4)] for point in seeds[0]]
    return found


def put(found: dict[str, Any], key: str, values: Sequence[float]) -> None:
    """A mean, and how far it may be off."""
    found[key] = round(float(np.mean(values)), 4)
    if len(values) > 1:
        half = T975.get(len(values) - 1, 2.0) * float(np.std(values, ddof=1)) / len(values) ** 0.5
        found[f"{key}_pm"] = round(half, 4)


def value(points: Points, at: float, name: str) -> float:
    """On the line between the points about so many answers; the last one's where the queue was empty before."""
    known = [point for point in points if point[name] is not None]
    return float(np.interp(at, [point["answers"] for point in known], [point[name] for point in known]))


def crossing(points: Points, wanted: float) -> float:
    """Answers an item at which the curve first reaches an accuracy; infinite where never."""
    before = (0.0, 0.0)
    for point in points:
        here = (float(point["answers"]), float(point["accuracy"]))
        if here[1] >= wanted:
            share = (wanted - before[1]) / (here[1] - before[1])
            return before[0] + share * (here[0] - before[0])
        before = here
    return float("inf")


def baselines(given: Iterable[tuple[list[str], str]]) -> dict[str, Any]:
    """What fixed numbers of answers give, ties and orders in expectation: one, three, and a third where two differ."""
    one, three, cost = [], [], []
    for answers, truth in given:
        most = max(answers.count(answer) for answer in answers)
        best = {answer for answer in answers if answers.count(answer) == most}
        three.append((truth in best) / len(best))
        one.append(answers.count(truth) / len(answers))
        cost.append(2 + np.mean([answers[a] != answers[b] for a, b in ((0, 1), (0, 2), (1, 2))]))
    two_third, right = float(np.mean(cost)), float(np.mean(three))
    # At a cost between, some items get one answer and the others two and a third where they differ.
    between = float(np.interp(1.5, [1.0, two_third], [float(np.mean(one)), right]))
    return {
        "majority3_acc": round(right, 4), "majority3_answers": 3.0, "two_and_third_acc": round(right, 4),
        "two_and_third_answers": round(two_third, 3), "fixed_acc_at_1.0": round(float(np.mean(one)), 4),
        "fixed_acc_at_1.5": round(between, 4),
    }  # fmt: skip


def table(path: Path, item: str, label: str) -> list[tuple[str, str]]:
    """Two columns of a CSV file."""
    with path.open(newline="", encoding="utf-8") as file:
        return [(row[item], row[label]) for row in csv.DictReader(file)]
