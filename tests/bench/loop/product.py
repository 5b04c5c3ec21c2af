"""Real people of very unlike skill and no classifier: what weighing them is worth (Zheng et al., PVLDB 10(5), 2017)."""

from pathlib import Path
from typing import Any

from labeling.replay.policy import Policy
from labeling.replay.replay import prepared
from tests.bench.loop.keys import Given, baselines, crossing, table, value

POLICY = Policy(model=False, target=0.95, limit=3, until=3.0, step=0.5)


def figures(home: Path, _folder: Path) -> dict[str, Any]:
    """Accuracy where the answers end, and at how many answers an item it passes the majority of three."""
    answers, truth = (home / "crowds" / f"product-{kind}.csv" for kind in ("answers", "truth"))
    given = record_of(answers, truth)
    fixed = baselines(given.values())
    with prepared(answers=answers, truth=truth, files=None, features=None, policy=POLICY) as stage:
        points = stage.play(POLICY, 0)
    return {
        "product_items": len(given), "product_majority3_acc": fixed["majority3_acc"],
        "product_two_and_third_answers": fixed["two_and_third_answers"],
        "product_answers_for_majority3": round(crossing(points, fixed["majority3_acc"]), 3),
        **{f"product_acc_at_{at}": round(value(points, at, "accuracy"), 4) for at in (1.0, 1.5, 2.0)},
        "product_acc_at_end": round(points[-1]["accuracy"], 4),
        "product_answers_at_end": round(points[-1]["answers"], 3),
        "product_stated_precision_at_end": points[-1]["stated_precision"],
        "product_real_precision_at_end": points[-1]["real_precision"],
    }  # fmt: skip


def record_of(answers: Path, truth: Path) -> Given:
    """The answers and the true label by item."""
    given: Given = {item: ([], label) for item, label in table(truth, "question", "truth")}
    for item, answer in table(answers, "question", "answer"):
        given[item][0].append(answer)
    return given
