"""The cost curve of a policy: as a table of text, as JSON, and as a picture."""

import json
from collections.abc import Sequence
from html import escape
from pathlib import Path
from typing import Any

from labeling.replay.policy import Policy
from labeling.replay.replay import Points

COLUMNS = (
    ("answers", "answers an item", "{:.2f}"), ("accuracy", "right", "{:.1%}"), ("stated", "stated", "{:.1%}"),
    ("verified", "verified", "{:.1%}"), ("stated_precision", "of these stated", "{:.1%}"),
    ("real_precision", "of these right", "{:.1%}"),
)  # fmt: skip
WIDTH, HEIGHT, EDGE = 720, 360, 48  # px
STROKES = ("#00875f", "#0072b2", "#d55e00", "#cc79a7", "#56b4e9")
FIXED = 3.0  # answers an item of the usual majority vote


def table(seeds: Sequence[Points]) -> str:
    """The points' means over seeds, one line a step."""
    lines = ["  ".join(f"{title:>15}" for _, title, _ in COLUMNS)]
    for points in zip(*seeds, strict=False):
        cells = [_mean([point[name] for point in points], form) for name, _, form in COLUMNS]
        lines.append("  ".join(f"{cell:>15}" for cell in cells))
    return "\n".join(lines)


def _mean(values: Sequence[float | None], form: str) -> str:
    known = [value for value in values if value is not None]
    return form.format(sum(known) / len(known)) if known else "-"


def write(folder: Path, seeds: Sequence[Points], policy: Policy) -> None:
    """`curve.json`, `curve.svg` and `curve.html` in a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    told: dict[str, Any] = {"policy": vars(policy), "seeds": list(seeds)}
    (folder / "curve.json").write_text(json.dumps(told, indent=2) + "\n", encoding="utf-8")
    picture = svg(seeds)
    (folder / "curve.svg").write_text(picture, encoding="utf-8")
    page = f"<!doctype html><meta charset=utf-8><title>Cost curve</title>{picture}<pre>{escape(table(seeds))}</pre>\n"
    (folder / "curve.html").write_text(page, encoding="utf-8")


def svg(seeds: Sequence[Points]) -> str:
    """Accuracy where the truth is known, else what is stated of all labels, against answers an item."""
    known = any(point["accuracy"] is not None for points in seeds for point in points)
    name, title = ("accuracy", "right labels") if known else ("stated", "stated share of right labels")
    right = max([FIXED, *(point["answers"] for points in seeds for point in points)])
    low = min([0.9, *(point[name] for points in seeds for point in points if point[name] is not None)])
    low = int(low * 10) / 10

    def place(answers: float, share: float) -> str:
        across = EDGE + (WIDTH - 2 * EDGE) * answers / right
        down = HEIGHT - EDGE - (HEIGHT - 2 * EDGE) * (share - low) / (1 - low)
        return f"{across:.1f},{down:.1f}"

    lines = [
        f'<polyline fill="none" stroke="{STROKES[at % len(STROKES)]}" stroke-width="2" points="'
        + " ".join(place(point["answers"], point[name]) for point in points if point[name] is not None)
        + '"/>'
        for at, points in enumerate(seeds)
    ]
    marks = [_text(place(right * at / 4, low), 0, 18, f"{right * at / 4:.1f}") for at in range(5)]
    marks += [_text(place(0, low + (1 - low) * at / 4), -34, 4, f"{low + (1 - low) * at / 4:.0%}") for at in range(5)]
    three = place(FIXED, low).split(",")[0]
    fixed = f'<line x1="{three}" x2="{three}" y1="{EDGE}" y2="{HEIGHT - EDGE}" stroke="#888" stroke-dasharray="4 4"/>'
    said = f"{title} against answers an item; dashed: three answers to each"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" role="img"'
        f' aria-label="{escape(said)}" font-family="system-ui, sans-serif" font-size="12">'
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>{fixed}{"".join(lines)}{"".join(marks)}'
        f'<text x="{EDGE}" y="24">{escape(said)}</text></svg>'
    )


def _text(at: str, right: int, down: int, words: str) -> str:
    across, height = at.split(",")
    return f'<text x="{float(across) + right:.1f}" y="{float(height) + down:.1f}">{escape(words)}</text>'
