"""People's answers as sparse arrays, and what each symbol means."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

BLIND = -1
Ints = NDArray[np.int32]
Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Answers:
    """A answers to N items by P people: symbols 0..K-1 are classes, K is "not sure", K+1+c is "not c".

    item, person, symbol, shown: int32 (A,); shown is BLIND or the suggested class in view.
    Raises ValueError when an index lies outside its range.
    """

    item: Ints
    person: Ints
    symbol: Ints
    shown: Ints
    n_items: int
    n_people: int
    n_classes: int
    n_symbols: int

    def __post_init__(self) -> None:
        """Refuse arrays of unequal length and indices out of range."""
        if self.n_classes < 2 or self.n_symbols not in symbol_counts(self.n_classes):
            raise ValueError(f"{self.n_classes} classes cannot have {self.n_symbols} symbols")
        for name, lowest, end in (
            ("item", 0, self.n_items),
            ("person", 0, self.n_people),
            ("symbol", 0, self.n_symbols),
            ("shown", BLIND, self.n_classes),
        ):
            column = getattr(self, name)
            if column.shape != self.item.shape or column.ndim != 1:
                raise ValueError(f"{name} must be one-dimensional and as long as item")
            if column.size and not (lowest <= column.min() and column.max() < end):
                raise ValueError(f"{name} must lie in {lowest}..{end - 1}")

    def __len__(self) -> int:
        """The number of answers."""
        return int(self.item.size)

    def where(self, keep: NDArray[np.bool_]) -> Answers:
        """The answers under a mask (A,), with the same numbering of items and people."""
        return Answers(
            self.item[keep], self.person[keep], self.symbol[keep], self.shown[keep],
            self.n_items, self.n_people, self.n_classes, self.n_symbols,
        )  # fmt: skip

    def per_item(self) -> NDArray[np.int64]:
        """How many answers each item has, (N,)."""
        return np.bincount(self.item, minlength=self.n_items)


def collect(
    item: ArrayLike,
    person: ArrayLike,
    symbol: ArrayLike,
    *,
    n_classes: int,
    shown: ArrayLike | None = None,
    n_items: int | None = None,
    n_people: int | None = None,
    n_symbols: int | None = None,
) -> Answers:
    """Answers from any integer sequences; counts not given are the largest index plus one."""
    n_classes = int(n_classes)
    items, people, symbols = (np.asarray(column, dtype=np.int32).ravel() for column in (item, person, symbol))
    seen = np.full(items.size, BLIND, np.int32) if shown is None else np.asarray(shown, dtype=np.int32).ravel()
    largest = int(symbols.max(initial=0))
    return Answers(
        items,
        people,
        symbols,
        seen,
        int(items.max(initial=-1)) + 1 if n_items is None else n_items,
        int(people.max(initial=-1)) + 1 if n_people is None else n_people,
        n_classes,
        min((n for n in symbol_counts(n_classes) if n > largest), default=0) if n_symbols is None else n_symbols,
    )


def symbol_counts(n_classes: int) -> tuple[int, int, int]:
    """The three alphabets: classes alone, with "not sure", and with a "not c" for each class."""
    return n_classes, n_classes + 1, 2 * n_classes + 1


def not_sure(n_classes: int) -> int:
    """The symbol of "not sure"."""
    return n_classes


def not_class(n_classes: int, refused: int) -> int:
    """The symbol of "no, not this class" in confirm mode."""
    return n_classes + 1 + refused
