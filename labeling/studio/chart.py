"""Accuracy by model version as the points of a small drawing: no script needed to see it."""

from dataclasses import dataclass

from labeling.studio.reads import Judged

WIDTH, HEIGHT = 640.0, 180.0
LEFT, RIGHT, TOP, BOTTOM = 72.0, 12.0, 24.0, 38.0  # room for words twice as large, as a phone has them


@dataclass(frozen=True)
class Point:
    """A model's place: its accuracy and the ends of its interval, in the drawing's units."""

    x: float
    y: float
    top: float
    bottom: float
    model: Judged


@dataclass(frozen=True)
class Chart:
    """Points, the line through them, and horizontal marks with their words."""

    points: list[Point]
    line: str
    marks: list[tuple[float, str]]
    width: float = WIDTH
    height: float = HEIGHT
    left: float = LEFT
    right: float = WIDTH - RIGHT


def accuracy_chart(models: list[Judged]) -> Chart | None:
    """None where there is nothing to draw."""
    if not models:
        return None
    floor = min(0.5, *(int(model.low * 10) / 10 for model in models))

    def y(value: float) -> float:
        return round(TOP + (1 - value) / (1 - floor) * (HEIGHT - TOP - BOTTOM), 1)

    step = (WIDTH - LEFT - RIGHT) / (len(models) + 1)
    points = [
        Point(round(LEFT + step * (index + 1), 1), y(model.accuracy), y(model.high), y(model.low), model)
        for index, model in enumerate(models)
    ]
    marks = [(y(value), f"{100 * value:.0f} %") for value in (1.0, (1 + floor) / 2, floor)]
    return Chart(points, " ".join(f"{point.x},{point.y}" for point in points), marks)
