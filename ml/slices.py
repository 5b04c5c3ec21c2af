"""How good a model is on parts of the held-out items: a source, a speaker, dark pictures, short sounds."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from ml.data import Pixels, Samples, mono
from ml.evaluate import Flags, bootstrap_by_group, wilson

Column = Sequence[str] | Sequence[float]

PARTS = 3  # of a measured property: low, middle, high
MOST_NAMES = 12  # of a named property; the rarest further ones are counted together
OTHERS = "others"
QUIET_DB = -120.0  # what digital silence counts as


@dataclass(frozen=True)
class Slice:
    """One part and how often the model is right there, with a 95 % interval."""

    column: str
    value: str
    items: int
    accuracy: float
    low: float
    high: float

    @property
    def name(self) -> str:
        """For a row of a table."""
        return f"{self.column}: {self.value}"

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self) | {"name": self.name}


def picture_facts(pixels: Pixels) -> dict[str, float]:
    """Megapixels, brightness in 0..1 (luma) and contrast (its spread) of (H, W, 3) uint8."""
    luma = pixels.astype(np.float32) @ np.array([0.299, 0.587, 0.114], np.float32) / 255
    size = pixels.shape[0] * pixels.shape[1] / 1e6
    return {"size": size, "brightness": float(luma.mean()), "contrast": float(luma.std())}


def sound_facts(samples: Samples, rate: int) -> dict[str, float]:
    """Length in seconds and loudness in dB of full scale (root mean square)."""
    power = float(np.mean(mono(samples).astype(np.float64) ** 2)) if samples.size else 0.0
    loudness = max(10 * np.log10(power), QUIET_DB) if power > 0 else QUIET_DB
    return {"length": len(samples) / rate, "loudness": loudness}


def parts_of(values: Column) -> dict[str, Flags]:
    """(N,) values to named parts: each word its own, numbers in thirds; unknown (NaN or empty) ones are in none."""
    if len(values) and not isinstance(values[0], str):
        return _thirds(np.asarray(values, np.float64))
    words = np.asarray(values, dtype=object)
    names, counts = np.unique(np.array([word for word in words if word], dtype=str), return_counts=True)
    frequent = [str(name) for name in names[np.argsort(-counts, kind="stable")][:MOST_NAMES]]
    parts = {name: np.asarray(words == name, dtype=bool) for name in frequent}
    others = np.array([bool(word) and word not in parts for word in words], dtype=bool)
    return parts | ({OTHERS: others} if others.any() else {})


def members(columns: Mapping[str, Column]) -> dict[str, Flags]:
    """Every part of every property, by "property: value"; for `ml.compare.slices_hold`."""
    parts = {name: parts_of(values) for name, values in columns.items()}
    return {f"{name}: {value}": inside for name, own in parts.items() for value, inside in own.items()}


def slices(
    correct: Flags, columns: Mapping[str, Column], groups: list[str] | None = None, seed: int = 0
) -> list[Slice]:
    """One row a part with an item in it, worst first; intervals are Wilson's, or by bootstrap over groups."""
    found = []
    for name, values in columns.items():
        for value, inside in parts_of(values).items():
            if inside.any():
                found.append(_slice(name, value, correct, inside, groups, seed))
    return sorted(found, key=lambda part: (part.accuracy, -part.items))


def _slice(name: str, value: str, correct: Flags, inside: Flags, groups: list[str] | None, seed: int) -> Slice:
    right = correct[inside]
    if groups is None:
        low, high = wilson(int(right.sum()), len(right))
    else:
        low, high = bootstrap_by_group(right, [g for g, kept in zip(groups, inside, strict=True) if kept], seed)
    return Slice(name, value, len(right), float(right.mean()), low, high)


def _thirds(values: npt.NDArray[np.float64]) -> dict[str, Flags]:
    """Low, middle and high by the known values' own quantiles; equal values stay together."""
    known = values[np.isfinite(values)]
    if not len(known) or known.min() == known.max():
        return {}
    edges = np.unique(np.quantile(known, np.linspace(0, 1, PARTS + 1)[1:-1]))
    place = np.searchsorted(edges, values, side="left")
    bounds = [known.min(), *edges, known.max()]
    named = {}
    for at in range(len(edges) + 1):
        inside = np.isfinite(values) & (place == at)
        if inside.any():
            named[f"{bounds[at]:.3g} to {bounds[at + 1]:.3g}"] = inside
    return named
