"""The table counts exported rows; worked by hand."""

from dataclasses import replace
from typing import Any

import pytest

from labeling.demo.rounds import judged
from labeling.demo.table import Judged, Part, Result, Share, lines, part

TRUTH = {"a.png": "cat", "b.png": "dog", "c.png": "dog"}


def row(name: str, label: str, verdict: str = "verified", by_expert: bool = False) -> dict[str, Any]:
    return {"file": name, "label": label, "verdict": verdict, "by_expert": by_expert}


def test_part_counts_the_files_of_its_round_alone() -> None:
    labels = [
        row("a.png", "cat"),
        row("b.png", "cat", by_expert=True),
        row("c.png", "dog", "disputed"),
        row("z.png", "dog"),
    ]
    answers: list[dict[str, Any]] = [
        {"file": "a.png", "retracted_at": None},
        {"file": "a.png", "retracted_at": "2026-01-01T00:00:00+00:00"},
        {"file": "b.png", "retracted_at": None},
        {"file": "b.png", "retracted_at": None},
        {"file": "c.png", "retracted_at": None},
        {"file": "z.png", "retracted_at": None},
    ]
    found = part(labels, answers, TRUTH)
    assert found == Part(items=3, answers=4, verified=2, by_expert=1, right=1)
    assert found.answers_per_label == 2
    assert found.accuracy == Share(1, 2)


def test_share_prints_its_interval_and_nothing_where_there_is_none() -> None:
    assert str(Share(9, 10)) == "90.0% [59.6%, 98.2%]"  # Wilson, worked by hand
    assert str(Share(0, 0)) == "-"


def run(number: int, promoted: bool, accuracy: float, previous: dict[str, object] | None = None) -> dict[str, Any]:
    metrics = {
        "accuracy": accuracy,
        "low": 0.5,
        "high": 0.95,
        "items": 100,
        "previous": previous,
    }
    return {"number": number, "model": number, "promoted": promoted, "metrics": metrics}


def test_models_before_and_after_stand_on_the_same_items() -> None:
    first = run(1, True, 0.7)
    before, after = judged([first, run(2, True, 0.9, {"number": 1, "accuracy": 0.8, "items": 100})])
    assert before is not None
    assert (before.number, before.accuracy, before.items) == (1, 0.8, 100)
    assert before.low < 0.8 < before.high
    assert after == Judged(2, 0.9, 0.5, 0.95, 100)
    kept = judged([first, run(2, False, 0.6, {"number": 1, "accuracy": 0.8, "items": 100})])
    assert kept == (before, before)
    assert judged([]) == (None, None)


def test_lines_say_what_the_model_saves() -> None:
    helped = [Part(100, 300, 100, 3, 98), Part(100, 150, 100, 2, 97)]
    control = [Part(100, 300, 100, 3, 98), Part(100, 250, 100, 4, 98)]
    result = Result("Digits", helped, control, None, Judged(2, 0.9, 0.85, 0.95, 50))
    text = lines(result)
    assert result.saved == pytest.approx(0.4)
    assert text[0] == "Digits"
    assert len({len(line) for line in text[1:3]}) <= 2
    assert "takes 40% fewer answers" in text[6]
    assert "takes 50% more answers" in lines(replace(result, helped=[*helped[:1], Part(100, 375, 100, 4, 98)]))[6]
    assert "no model" in text[7]
    assert "90.0% [85.0%, 95.0%] of 50" in text[8]
