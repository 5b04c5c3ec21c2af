"""The reliability diagram as points of a small drawing: no script needed to see it."""

from dataclasses import dataclass

from ml.truth.calibration import Bin

SIDE = 260.0
LEFT, TOP, BELOW = 44.0, 10.0, 34.0


@dataclass(frozen=True)
class Dot:
    """One bin's place, the ends of its interval, and its figures."""

    x: float
    y: float
    top: float
    bottom: float
    bin: Bin


@dataclass(frozen=True)
class Diagram:
    """Stated probability to the right, the share found right upwards; what is kept lies on the diagonal."""

    dots: list[Dot]
    marks: list[tuple[float, float, str]]  # x, y and word at each quarter
    left: float = LEFT
    right: float = LEFT + SIDE
    top: float = TOP
    bottom: float = TOP + SIDE
    width: float = LEFT + SIDE + 16
    height: float = TOP + SIDE + BELOW


def reliability_chart(bins: list[Bin]) -> Diagram | None:
    """None where nothing was judged."""
    if not bins:
        return None
    dots = [Dot(_x(row.stated), _y(row.right), _y(row.right_high), _y(row.right_low), row) for row in bins]
    return Diagram(dots, [(_x(value), _y(value), f"{100 * value:.0f} %") for value in (0.0, 0.25, 0.5, 0.75, 1.0)])


def _x(value: float) -> float:
    return round(LEFT + SIDE * value, 1)


def _y(value: float) -> float:
    return round(TOP + SIDE * (1 - value), 1)
